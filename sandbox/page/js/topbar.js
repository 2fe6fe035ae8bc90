import { append, h, icon, iconButton, replace } from "./dom.js";
import { openMenu } from "./menu.js";
import { avatar, nameOf, roleBadge } from "./people.js";
import { names, store, userById } from "./store.js";

/** Workspace, model and, in plain sight, whom this browser acts as. */
export function drawTopbar(node, { actAs, toggleHood }) {
  const { workspace, model } = store.state;
  const key = JSON.stringify([store.as, workspace, model, store.state.users, store.hoodOpen]);
  if (node.dataset.key === key) return; // an open menu keeps its button
  node.dataset.key = key;
  replace(node,
    iconButton("menu", "Show conversations", () => document.body.classList.toggle("show-sidebar"), { class: "only-narrow" }),
    h("div", { class: "brand" }, h("span", { class: "brand-mark", "aria-hidden": "true" }, icon("coins")), h("h1", {}, workspace?.name ?? "Workspace")),
    model && modelNote(model),
    hoodToggle(toggleHood),
    person(actAs));
}

function hoodToggle(toggle) {
  const label = "Under the hood: the ledger, and the calls to Slack's API";
  return append(iconButton("pulse", label, toggle, { "aria-pressed": String(Boolean(store.hoodOpen)), class: "hood-toggle" }), [h("span", { "aria-hidden": "true" }, "Under the hood")]);
}

function modelNote(model) {
  const note = [model.label, model.note].filter(Boolean).join(": ");
  return h("p", { class: `model-note ${model.local ? "local" : ""}`, title: note },
    icon("chip"), h("span", { class: "model-label" }, model.label), h("span", { class: "model-warning" }, model.note || (model.local ? "tiny local model, often wrong" : "")));
}

function person(actAs) {
  const me = userById(store.as);
  const button = h("button", {
    type: "button", class: "act-as", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `Acting as ${nameOf(me)}, ${me?.role ?? ""}. Switch person`,
    onclick: () => openMenu(button, "Act as", names.people().map((user) => ({ node: row(user), checked: user.id === store.as, run: () => actAs(user.id) })), "people-menu"),
  }, h("span", { class: "act-as-label" }, "Acting as"), avatar(me, "small"), h("strong", {}, nameOf(me)), roleBadge(me), icon("down"));
  return button;
}

const row = (user) => [avatar(user, "small"), h("span", { class: "grow" }, h("strong", {}, nameOf(user)), user.title && h("small", {}, user.title)), roleBadge(user)];
