// Modals: the top one of the app's views, in a dialog that keeps the focus.

import { post } from "./api.js";
import { renderBlocks } from "./blocks/index.js";
import { plain } from "./blocks/text_objects.js";
import { h, iconButton } from "./dom.js";
import { fieldRegistry } from "./fields.js";
import { loadViews, names, store } from "./store.js";
import { attempt, rehome, toast } from "./toast.js";

let shown = null; // {id, key, dialog, fields}
let opener = null;
/** What was typed into each open view, and what was complained of, also while another one lies over it. */
const typed = new Map();

export function drawModal() {
  const view = store.views.at(-1);
  const key = JSON.stringify([view, store.as]);
  if (shown?.key === key) return;
  const stays = shown && view && shown.id === view.id;
  if (shown) typed.set(shown.id, { values: shown.fields.values(), complaints: shown.fields.complaints() });
  for (const id of typed.keys()) if (!store.views.some((known) => known.id === id)) typed.delete(id);
  const focused = stays && document.activeElement?.id;
  const caret = stays && caretOf(document.activeElement);
  const scrolled = stays ? shown.dialog.querySelector(".dialog-body")?.scrollTop : 0;
  if (!shown) opener = document.activeElement;
  shown?.dialog.close();
  rehome();
  shown?.dialog.remove();
  shown = view ? { ...build(view), id: view.id, key } : null;
  if (!shown) return opener?.isConnected ? opener.focus() : undefined;
  document.getElementById("overlays").append(shown.dialog);
  shown.dialog.showModal();
  rehome();
  const before = typed.get(view.id);
  shown.fields.restore(before?.values);
  shown.fields.recall(before?.complaints);
  shown.dialog.querySelector(".dialog-body").scrollTop = scrolled;
  const again = focused && document.getElementById(focused);
  const field = again || firstField(shown.dialog);
  if (!again && field?.matches("textarea")) field.setSelectionRange(0, 0); // a long text is read from its beginning
  field?.focus();
  if (again && caret) again.setSelectionRange(...caret);
}

/** Where somebody types in a line of text -> [from, to], null elsewhere. */
const caretOf = (node) => (/^(text|search|url)$|^textarea$/.test(node?.type ?? "") ? [node.selectionStart, node.selectionEnd] : null);

const firstField = (dialog) => dialog.querySelector("[autofocus], .control, .choices input, .picker .button") ?? dialog.querySelector("footer button");

function build(view) {
  const fields = fieldRegistry();
  const act = (payload) => attempt(post("click", { as: store.as, view_id: view.id, ...payload }));
  const suggest = (payload) => attempt(post("options", { as: store.as, view_id: view.id, ...payload }));
  const titleId = `title-${view.id}`;
  const close = () => closeView(view);
  const body = h("div", { class: "dialog-body blocks" }, renderBlocks(view.blocks, { names, act, suggest, formId: view.id, register: fields.register }));
  const submit = view.submit && h("button", { type: "submit", class: "button primary" }, plain(view.submit));
  const form = h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); submitView(view, fields, submit); } },
    h("header", {}, h("h2", { id: titleId }, plain(view.title)), iconButton("close", "Close", close)), body,
    h("footer", {}, h("button", { type: "button", class: "button", onclick: close }, plain(view.close) || (view.submit ? "Cancel" : "Close")), submit));
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": titleId, oncancel: (event) => { event.preventDefault(); close(); } }, form);
  return { dialog, fields };
}

async function closeView(view) {
  store.views = store.views.filter((known) => known.id !== view.id);
  drawModal();
  await attempt(post("close", { as: store.as, view_id: view.id }));
}

async function submitView(view, fields, button) {
  const missing = fields.missing();
  fields.complain(missing);
  if (Object.keys(missing).length || button?.disabled) return;
  if (button) { button.disabled = true; button.setAttribute("aria-busy", "true"); }
  const answer = await attempt(post("submit", { as: store.as, view_id: view.id, values: fields.values() }));
  if (button) { button.disabled = false; button.removeAttribute("aria-busy"); }
  if (!answer) return;
  if (answer.errors && !fields.complain(answer.errors)) toast(Object.values(answer.errors).join(" "));
  if (answer.closed) store.views = store.views.filter((known) => known.id !== view.id);
  drawModal();
  if (!answer.errors) await attempt(loadViews());
}
