// Where a person writes: Enter sends, Shift+Enter breaks the line, @ # / complete.

import { post } from "./api.js";
import { attaching, takesFiles } from "./attaching.js";
import { append, h, iconButton, replace } from "./dom.js";
import { complete, hintFor } from "./completion.js";
import { loadMessages } from "./lists.js";
import { asked } from "./pushes.js";
import { keyOf, store } from "./store.js";
import { attempt, toast } from "./toast.js";

const drafts = new Map();
let count = 0;

/** thread() -> root ts or null; pane: where files may be dropped. Returns {node, draw(channel, placeholder), send(text)}. */
export function composer({ thread, pane }) {
  const id = `complete-${(count += 1)}`;
  const area = h("textarea", { rows: 1, "aria-controls": id, "aria-haspopup": "listbox", "aria-autocomplete": "list", spellcheck: "true" });
  const list = h("ul", { class: "completion", id, role: "listbox", "aria-label": "Suggestions", hidden: true });
  const hint = h("p", { class: "command-hint" });
  const sendButton = iconButton("send", "Send", () => submit(), { class: "send", disabled: true });
  const insert = (text) => { area.focus(); area.setRangeText(text, area.selectionStart, area.selectionEnd, "end"); typed(); };
  const files = attaching(() => ready());
  takesFiles(pane, area, (list) => { if (node.isConnected) files.add(list); });
  const tools = h("div", { class: "composer-tools" }, files.button, files.picker, iconButton("at", "Mention somebody", () => insert("@")), iconButton("slash", "Use a command", () => { area.value = ""; insert("/"); }), hint, sendButton);
  const node = h("form", { class: "composer", onsubmit: (event) => event.preventDefault() }, list, h("div", { class: "composer-box" }, area, files.chips, tools));
  let channel = null;
  let place = "";
  let offer = null;
  let active = 0;

  function draw(next, placeholder) {
    channel = next;
    area.placeholder = placeholder;
    area.setAttribute("aria-label", placeholder);
    const here = `${store.as}|${keyOf(next.id, thread())}`;
    if (here === place) return;
    place = here;
    area.value = drafts.get(place) ?? "";
    files.at(place);
    typed(false);
  }

  function ready() {
    sendButton.disabled = !area.value.trim() && !files.count();
  }

  function typed(offering = true) {
    drafts.set(place, area.value);
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 220)}px`;
    ready();
    hint.textContent = store.state ? hintFor(area.value) : "";
    offer = offering ? complete(area.value, area.selectionStart) : null;
    active = offer?.isHint ? -1 : 0;
    drawOffer();
  }

  function drawOffer() {
    list.hidden = !offer;
    area.removeAttribute("aria-activedescendant");
    replace(list, (offer?.items ?? []).map((item, i) => append(h("li", {
      role: "option", id: `${id}-${i}`, "aria-selected": String(i === active), onpointerdown: (event) => { event.preventDefault(); take(i); },
    }), [item.node])));
    if (offer && active >= 0) area.setAttribute("aria-activedescendant", `${id}-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  function take(i) {
    const { insert: text } = offer.items[i];
    area.setRangeText(text, offer.from, area.selectionStart, "end");
    typed();
  }

  async function submit(text = area.value) {
    const own = text === area.value;
    const isCommand = text.trimStart().startsWith("/");
    if ((!text.trim() && !(own && files.count())) || !channel) return;
    if (own && files.count() && isCommand) return void toast("A command takes no files. Remove them, or send them with a message.");
    if (own && !files.isReady()) return void toast("The files are still on their way; try again in a moment.");
    const taken = own ? files.take() : [];
    const body = { as: store.as, channel: channel.id, text: text.trim(), thread_ts: thread() ?? undefined, files: taken.map(({ uploaded }) => ({ id: uploaded.id })) };
    if (own) { area.value = ""; typed(false); }
    const answer = await attempt(post(isCommand ? "command" : "send", body));
    if (!answer && own && !area.value) { area.value = text; files.putBack(taken); typed(false); } // what was refused is not lost
    if (!answer?.ts) return;
    if (!body.thread_ts) asked(body.channel, answer.ts);
    await attempt(loadMessages(body.channel, body.thread_ts));
  }

  const keys = {
    ArrowDown: () => { active = (active + 1) % offer.items.length; drawOffer(); },
    ArrowUp: () => { active = (Math.max(active, 0) + offer.items.length - 1) % offer.items.length; drawOffer(); },
    Tab: () => take(Math.max(active, 0)),
    Enter: () => take(active),
    Escape: () => { offer = null; drawOffer(); },
  };
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (offer && event.key in keys && !event.shiftKey && (active >= 0 || event.key !== "Enter")) {
      event.preventDefault();
      keys[event.key]();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  });
  area.addEventListener("input", () => typed());
  area.addEventListener("blur", () => { offer = null; drawOffer(); });
  return { node, draw, send: submit };
}
