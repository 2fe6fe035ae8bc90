import { post } from "./api.js";
import { renderBlocks } from "./blocks/index.js";
import { h, replace } from "./dom.js";
import { fieldRegistry } from "./fields.js";
import { names, store } from "./store.js";
import { attempt } from "./toast.js";

/** The Home tab: the view that the app published for this person. */
export function drawHome(node) {
  const key = JSON.stringify([store.as, store.home, store.loaded]);
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  const view = store.home;
  if (!view) return void replace(node, h("div", { class: "intro" }, h("h3", {}, "Nothing here yet"), h("p", {}, `${store.state.app.name} fills this page when it is connected.`)));
  const focused = node.contains(document.activeElement) && document.activeElement.dataset.focusKey;
  const act = (payload) => attempt(post("click", { as: store.as, view_id: view.id, ...payload }));
  const suggest = (payload) => attempt(post("options", { as: store.as, view_id: view.id, ...payload }));
  const fields = fieldRegistry();
  replace(node, h("div", { class: "home blocks" }, renderBlocks(view.blocks, { names, act, suggest, formId: "home", register: fields.register })));
  if (focused) node.querySelector(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus();
}
