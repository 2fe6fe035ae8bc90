// Under the hood: the app's books as they move, and the calls that it makes to Slack's API.

import { get } from "./api.js";
import { h, iconButton, replace } from "./dom.js";
import { ledgerView, time } from "./ledger_view.js";
import { change, names, setLedger, store } from "./store.js";
import { attempt } from "./toast.js";

export function hoodPane(node, toggle) {
  const rows = h("ol", { class: "calls", tabindex: "0", "aria-label": "Calls to Slack's API, newest first" });
  const ledger = ledgerView();
  const known = new Map();
  let zone = "";
  const calls = h("section", { class: "slack-calls", "aria-labelledby": "calls-title" }, h("h3", { id: "calls-title" }, "Calls to Slack"), rows);
  replace(node, h("header", { class: "pane-header" }, h("div", { class: "titles" }, h("h2", {}, "Under the hood"), h("p", {}, "Everybody's money, and each call to Slack")),
    iconButton("close", "Close", toggle)), ledger.node, calls);
  node.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) toggle(); });
  return () => {
    node.hidden = !store.hoodOpen;
    document.body.classList.toggle("has-hood", Boolean(store.hoodOpen));
    if (!store.hoodOpen) return;
    if (zone !== names.tz) known.clear(); // another person reads other times
    zone = names.tz;
    ledger.draw();
    const newest = store.calls.slice(-120).reverse();
    replaceRows(rows, newest.length ? newest.map((call) => known.get(call.n) ?? remember(known, call)) : [h("li", { class: "fine" }, "No calls yet.")]);
  };
}

/** New rows go in above; rows that stay are not taken out, so that the focus and an open one stay as they are. */
function replaceRows(list, wanted) {
  wanted.forEach((row, at) => { if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null); });
  while (list.children.length > wanted.length) list.lastChild.remove();
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
    h("summary", {}, h("span", { class: `dot ${call.ok ? "on" : "bad"}`, role: "img", "aria-label": call.ok ? "ok" : "refused" }), time(call.at),
      h("code", { title: call.method }, call.method), call.ms >= 1.5 && h("span", { class: "call-ms" }, `${Math.round(call.ms)} ms`), call.error && h("span", { class: "call-error" }, call.error)),
    h("pre", { tabindex: "0" }, args.length > 4000 ? `${args.slice(0, 4000)}…` : args)));
}

/** What both logs hold so far; the feed tells the rest. */
export async function loadHood() {
  const [calls, books] = await Promise.all([attempt(get("calls", { since: 0 })), attempt(get("ledger"))]);
  if (calls) store.calls = calls.calls.slice(-300);
  if (books) setLedger(books.ledger, true);
  change();
}
