// Under the hood: the calls that the app makes to Slack's API, as they happen.

import { get } from "./api.js";
import { h, iconButton, replace } from "./dom.js";
import { change, store } from "./store.js";
import { attempt } from "./toast.js";

export function hoodPane(node, toggle) {
  const rows = h("ol", { class: "calls", tabindex: "0", "aria-label": "Calls to Slack's API" });
  const known = new Map();
  replace(node, h("header", { class: "pane-header" }, h("div", { class: "titles" }, h("h2", {}, "Under the hood"), h("p", {}, "What the app asks of Slack, newest first")),
    iconButton("close", "Close", toggle)), rows);
  return () => {
    node.hidden = !store.hoodOpen;
    document.body.classList.toggle("has-hood", Boolean(store.hoodOpen));
    if (!store.hoodOpen) return;
    const newest = store.calls.slice(-120).reverse();
    replace(rows, newest.length ? newest.map((call) => known.get(call.n) ?? remember(known, call)) : h("li", { class: "fine" }, "No calls yet."));
  };
}

function remember(known, call) {
  const node = row(call);
  known.set(call.n, node);
  if (known.size > 400) known.delete(known.keys().next().value);
  return node;
}

function row(call) {
  const args = JSON.stringify(call.args ?? {}, null, 2);
  return h("li", {}, h("details", {},
    h("summary", {}, h("span", { class: `dot ${call.ok ? "on" : "bad"}`, role: "img", "aria-label": call.ok ? "ok" : "refused" }), h("code", { title: call.method }, call.method), h("span", { class: "call-ms" }, `${Math.round(call.ms ?? 0)} ms`), call.error && h("span", { class: "call-error" }, call.error)),
    h("pre", { tabindex: "0" }, args.length > 4000 ? `${args.slice(0, 4000)}…` : args)));
}

export async function loadCalls() {
  const answer = await attempt(get("calls", { since: 0 }));
  if (answer) store.calls = answer.calls.slice(-300);
  change();
}
