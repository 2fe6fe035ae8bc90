// One message -> <article>.

import { post } from "./api.js";
import { renderBlocks } from "./blocks/index.js";
import { h, icon, iconButton } from "./dom.js";
import { fileList } from "./files.js";
import { openMenu } from "./menu.js";
import { editKey, editor, moreMenu } from "./message_menu.js";
import { openThread } from "./navigation.js";
import { avatar, nameOf } from "./people.js";
import { names, statusOf, store, userById } from "./store.js";
import { QUICK_REACTIONS, emojiText } from "./text/emoji.js";
import { mrkdwn } from "./text/mrkdwn.js";
import { clock, full, tsDate } from "./time.js";
import { attempt } from "./toast.js";

/** compact: the author's line is left out; inThread: no thread summary. */
export function messageNode(message, { compact, inThread }) {
  const user = userById(message.user);
  const date = tsDate(message.ts);
  const time = h("time", { datetime: date.toISOString(), title: full(date, names.tz) }, clock(date, names.tz));
  return h("article", {
    class: `message ${compact ? "compact" : ""} ${message.deleted ? "gone" : ""} ${message.ephemeral ? "ephemeral" : ""} ${message.streaming ? "streaming" : ""}`,
    "aria-label": `${nameOf(user)}, ${clock(date, names.tz)}`, "aria-busy": message.streaming ? "true" : undefined, data: { ts: message.ts }, tabindex: "-1", // a tap shows its buttons
  },
  message.ephemeral && h("p", { class: "only-you" }, icon("eye"), "Only visible to you"),
  h("div", { class: "gutter" }, compact ? time : avatar(user)),
  h("div", { class: "content" }, !compact && byline(user, time), store.editing === editKey(message, inThread) ? editor(message) : body(message), fileList(message.files), reactions(message),
    !inThread && summary(message), streamBar(message)),
  !message.ephemeral && !message.deleted && toolbar(message, inThread));
}

const byline = (user, time) => h("header", { class: "byline" }, h("strong", {}, nameOf(user)), user?.is_bot && h("span", { class: "badge app-badge" }, "App"), time);

export function actOn(source) {
  return (payload) => attempt(post("click", { as: store.as, ...source, ...payload }));
}

/** A plain text comes back with a rich_text block of itself; the text is then the better source. */
function body(message) {
  const here = { channel: message.channel, ts: message.ts };
  const act = actOn(here);
  const suggest = (payload) => attempt(post("options", { as: store.as, ...here, ...payload }));
  const blocks = (message.blocks ?? []).filter((block) => block);
  const content = blocks.length && !mirrorsText(message, blocks) ? h("div", { class: "blocks" }, renderBlocks(blocks, { names, act, suggest })) : mrkdwn(message.text ?? "", names);
  if (message.edited && !message.bot_id) markEdited(content);
  return content;
}

/** Behind the last words. An app's own updates, such as the end of a stream, are no edits that anybody made. */
function markEdited(content) {
  const last = content.lastElementChild;
  (last?.tagName === "P" ? last : content).append(h("span", { class: "edited" }, "(edited)"));
}

function mirrorsText(message, [first, ...more]) {
  const parts = first.type === "rich_text" && !more.length && message.text ? first.elements ?? [] : [];
  return parts.length === 1 && parts[0].type === "rich_text_section" && !parts[0].elements?.some((leaf) => leaf.style);
}

function streamBar(message) {
  if (!message.streaming) return null;
  const stop = h("button", {
    type: "button", class: "button slim", data: { focusKey: `${message.ts}.stop` },
    onclick: () => attempt(post("stop", { as: store.as, channel: message.channel, ts: message.ts })),
  }, icon("stop"), "Stop");
  return h("div", { class: "stream-bar" }, dots(), h("span", {}, "Writing…"), stop);
}

export const dots = () => h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h("div", { class: "reactions" }, message.reactions.map(({ name, users }) => {
    const mine = users.includes(store.as);
    const who = users.map((id) => nameOf(userById(id))).join(", ");
    return h("button", {
      type: "button", class: "reaction", "aria-pressed": String(mine), title: who, "aria-label": `${name.replaceAll("_", " ")}, ${users.length}: ${who}`,
      data: { focusKey: `${message.ts}.react.${name}` }, onclick: () => react(message, name),
    }, h("span", { class: "emoji" }, emojiText(name)), h("span", {}, String(users.length)));
  }));
}

const react = (message, name) => attempt(post("react", { as: store.as, channel: message.channel, ts: message.ts, name }));

function summary(message) {
  const status = statusOf(message.channel, message.ts);
  const count = message.reply_count ?? 0;
  if (!count && !status) return null;
  const faces = (message.reply_users ?? []).slice(0, 4).map((id) => avatar(userById(id), "tiny"));
  const last = message.latest_reply && clock(tsDate(message.latest_reply), names.tz);
  const label = count ? `${count} ${count === 1 ? "reply" : "replies"}` : "Open thread";
  return h("div", { class: "summary-row" },
    h("button", { type: "button", class: "summary", data: { focusKey: `${message.ts}.thread` }, onclick: () => openThread(message.ts) },
      faces, h("span", { class: "summary-count" }, label), last && h("span", { class: "summary-last" }, `Last ${last}`)),
    status && statusLine(status));
}

/** "is thinking…" is about the app, so its name is put before it. */
export function statusText(status) {
  const app = store.state.app.name;
  return status.startsWith(app) ? status : `${app} ${status}`;
}

export const statusLine = (status) => h("p", { class: "status-line" }, dots(), h("span", {}, statusText(status)));

function toolbar(message, inThread) {
  const smile = iconButton("smile", "Add a reaction", () => openMenu(smile, "Reactions", QUICK_REACTIONS.map((name) => (
    { node: h("span", { class: "emoji", "aria-label": name.replaceAll("_", " "), role: "img" }, emojiText(name)), run: () => react(message, name) })), "reaction-menu"),
  { "aria-haspopup": "menu", data: { focusKey: `${message.ts}.smile` } });
  const reply = !inThread && iconButton("reply", "Reply in thread", () => openThread(message.thread_ts ?? message.ts), { data: { focusKey: `${message.ts}.reply` } });
  return h("div", { class: "toolbar", role: "group", "aria-label": "Message actions" }, smile, reply, moreMenu(message, inThread));
}
