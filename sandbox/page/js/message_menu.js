// What can be done with a message besides answering it: the app's shortcuts, its link, and, for one's own, editing.

import { post } from "./api.js";
import { confirmed } from "./confirm.js";
import { h, iconButton, nextDrawn } from "./dom.js";
import { openMenu } from "./menu.js";
import { change, names, store } from "./store.js";
import { permalink } from "./permalink.js";
import { decode } from "./text/refs.js";
import { attempt, tell, toast } from "./toast.js";

/** Which message is being edited, and in which pane: the head of a thread shows in both. */
export const editKey = (message, inThread) => `${message.ts}|${Boolean(inThread)}`;

export function moreMenu(message, inThread) {
  const button = iconButton("dots", "Message menu", () => openMenu(button, "Message menu", items(message, inThread)), { "aria-haspopup": "menu", "aria-expanded": "false", data: { focusKey: `${message.ts}.more` } });
  return button;
}

function items(message, inThread) {
  const own = message.user === store.as;
  const item = (label, run, more) => ({ node: [h("span", { class: "grow" }, label), more && h("small", {}, more)], run });
  return [
    ...store.state.app.shortcuts.map((shortcut) => item(shortcut.name, () => fire(message, shortcut), store.state.app.name)),
    item("Copy link", () => copyLink(message)),
    own && item("Edit message", () => edit(message, inThread)),
    own && item("Delete message", () => remove(message)),
  ].filter(Boolean);
}

const fire = (message, { callback_id: callback }) => attempt(post("shortcut", { as: store.as, channel: message.channel, ts: message.ts, callback_id: callback }));

async function copyLink(message) {
  const link = permalink(message);
  const copied = navigator.clipboard?.writeText(link) ?? Promise.reject(new Error("no clipboard"));
  await copied.then(() => tell("The link is copied."), () => toast(`This browser lets nothing be copied. The link is ${link}`));
}

function edit(message, inThread) {
  store.editing = editKey(message, inThread);
  change();
  nextDrawn(() => document.querySelector(".editor textarea")?.focus());
}

async function remove(message) {
  const question = { title: { text: "Delete this message?" }, text: { type: "plain_text", text: "It is taken away for everybody, and the app is told." }, confirm: { text: "Delete" }, style: "danger" };
  if (await confirmed(question, { names })) await attempt(post("delete", { as: store.as, channel: message.channel, ts: message.ts }));
}

/** Stored text as it was typed: names instead of ids. */
export function typedText(text) {
  return text.replace(/<([^<>]+)>/g, (whole, inside) => {
    const [target, label] = inside.split("|");
    if (/^@[UW]/.test(target)) return `@${names.user(target.slice(1))?.name ?? target.slice(1)}`;
    if (target.startsWith("#")) return `#${names.channelName(target.slice(1)) ?? label ?? target.slice(1)}`;
    if (target.startsWith("!subteam^")) return label ?? whole;
    if (target.startsWith("!")) return `@${target.slice(1)}`;
    return target;
  }).replace(/&(lt|gt|amp);/g, (entity) => decode(entity));
}

/** The message's text in a field of its own: Enter saves, Escape leaves it as it was. */
export function editor(message) {
  const area = h("textarea", { class: "control", rows: 3, "aria-label": "Edit message", value: typedText(message.text ?? ""), data: { focusKey: `${message.ts}.edit` } });
  const leave = () => {
    store.editing = null;
    change();
    nextDrawn(() => document.querySelector(`[data-focus-key="${CSS.escape(`${message.ts}.more`)}"]`)?.focus());
  };
  const save = async () => {
    const text = area.value.trim();
    if (text && (await attempt(post("edit", { as: store.as, channel: message.channel, ts: message.ts, text })))) leave();
  };
  area.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Escape", "Enter"].includes(event.key) || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") save();
    else leave();
  });
  return h("div", { class: "editor" }, area, h("div", { class: "buttons" }, h("button", { type: "button", class: "button slim", onclick: leave }, "Cancel"), h("button", { type: "button", class: "button slim primary", onclick: save }, "Save")));
}
