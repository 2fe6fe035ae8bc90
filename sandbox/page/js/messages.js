// A list of messages. Unchanged ones keep their nodes, so menus, selections and focus survive a live stream.

import { h } from "./dom.js";
import { messageNode } from "./message.js";
import { editKey } from "./message_menu.js";
import { names, statusOf, store, userById } from "./store.js";
import { dayKey, dayName, tsDate } from "./time.js";

const GROUP_S = 300;
const NEAR_PX = 80;

/** A scrolling log; draw(messages, options) brings it up to date. */
export function messageList(label) {
  const inner = h("div", { class: "list-inner" });
  // The announcer speaks for new messages; a live region here would read every piece of a stream aloud.
  const node = h("div", { class: "list", role: "log", "aria-live": "off", "aria-label": label, tabindex: "0" }, inner);
  const known = new Map();
  let place = "";
  let pinned = true;
  let lastOwn = "";
  node.addEventListener("scroll", () => { pinned = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR_PX; });
  new ResizeObserver(() => { if (pinned) node.scrollTop = node.scrollHeight; }).observe(node);
  function draw(messages, { where, inThread = false, intro = null, tail = null, fresh = null }) {
    if (where !== place) { known.clear(); pinned = true; place = where; }
    if (messages.at(-1)?.user === names.me && messages.at(-1).ts !== lastOwn) { pinned = true; lastOwn = messages.at(-1).ts; }
    const focused = inner.contains(document.activeElement) ? document.activeElement : null;
    const [focusKey, ts] = [focused?.dataset.focusKey, focused?.closest("[data-ts]")?.dataset.ts];
    const wanted = [intro, rows(messages, { inThread, fresh }, known), tail].flat().filter(Boolean);
    sync(inner, wanted);
    if (focused && !focused.isConnected) refocus(focusKey, ts);
    if (pinned) node.scrollTop = node.scrollHeight;
  }
  /** On the button's successor; when it has none, such as Stop after the end, on its message, so that Tab goes on there. */
  function refocus(focusKey, ts) {
    const same = focusKey && inner.querySelector(`[data-focus-key="${CSS.escape(focusKey)}"]`);
    (same || (ts && inner.querySelector(`[data-ts="${CSS.escape(ts)}"]`)))?.focus({ preventScroll: !same });
  }
  return { node, draw };
}

/** Moves as little as possible: a node that stays in place is never taken out. */
function sync(parent, wanted) {
  wanted.forEach((child, i) => { if (parent.childNodes[i] !== child) parent.insertBefore(child, parent.childNodes[i] ?? null); });
  while (parent.childNodes.length > wanted.length) parent.lastChild.remove();
}

function rows(messages, { inThread, fresh }, known) {
  const seen = new Set();
  const out = [];
  const lasting = messages.filter((message) => !message.ephemeral).length;
  let before = null;
  for (const message of messages) {
    const day = dayKey(tsDate(message.ts), names.tz);
    if (!before || before.day !== day) {
      out.push(cached(known, seen, `day ${day}`, dayName(tsDate(message.ts), names.tz), () => dayRule(message)));
    }
    if (message.ts === fresh) out.push(cached(known, seen, "new", fresh, newRule));
    const compact = Boolean(before) && before.day === day && message.ts !== fresh && follows(before.message, message);
    const stamp = JSON.stringify([message, compact, userById(message.user), inThread || statusOf(message.channel, message.ts), names.me, store.editing === editKey(message, inThread)]);
    out.push(cached(known, seen, `${message.ts} ${message.ephemeral}`, stamp, () => messageNode(message, { compact, inThread })));
    if (inThread && !before && lasting > 1) out.push(cached(known, seen, "count", String(lasting), () => countRule(lasting - 1)));
    before = { message, day };
    if (inThread && out.at(-1).classList.contains("count-rule")) before = { message: { ...message, user: "" }, day };
  }
  for (const key of known.keys()) if (!seen.has(key)) known.delete(key);
  return out;
}

const follows = (last, next) => last.user === next.user && last.ephemeral === next.ephemeral && !next.ephemeral && Number(next.ts) - Number(last.ts) < GROUP_S && !last.reply_count;

function cached(known, seen, key, stamp, build) {
  seen.add(key);
  const entry = known.get(key);
  if (entry?.stamp === stamp) return entry.node;
  const node = build();
  known.set(key, { stamp, node });
  return node;
}

const dayRule = (message) => h("div", { class: "day-rule", role: "separator" }, h("span", {}, dayName(tsDate(message.ts), names.tz)));
const newRule = () => h("div", { class: "new-rule", role: "separator" }, h("span", {}, "New messages"));
const countRule = (count) => h("div", { class: "count-rule" }, h("span", {}, `${count} ${count === 1 ? "reply" : "replies"}`));
