// The app's books as they move: what everybody has, what questions hold and cost, what was granted and moved.

import { h, icon, replace } from "./dom.js";
import { names, store } from "./store.js";
import { full, seconds } from "./time.js";

const SHOWN = 80;

/** -> {node, draw()}. The list keeps its nodes, so that an entry that changes may show that it did. */
export function ledgerView() {
  const balances = h("ul", { class: "balances", "aria-label": "Balances" });
  const entries = h("ol", { class: "entries", "aria-label": "Movements, newest first" });
  const body = h("div", { class: "ledger-body", tabindex: "0", role: "region", "aria-label": "The ledger" });
  const node = h("section", { class: "ledger", "aria-labelledby": "ledger-title" }, h("h3", { id: "ledger-title" }, icon("coins"), "The ledger"), body);
  const known = new Map();
  const before = new Map();
  let drawn = {};
  return { node, draw() {
    const { ledger } = store;
    if (drawn.ledger === ledger && drawn.zone === names.tz) return;
    drawn = { ledger, zone: names.tz };
    if (!ledger?.connected) return void replace(body, h("p", { class: "fine" }, "No ledger is connected: this workspace runs alone. In the demo, every hold, charge and grant shows here."));
    if (!body.contains(entries)) replace(body, balances, entries);
    replace(balances, ledger.balances.map((balance) => balanceRow(balance, before)));
    const newest = [...ledger.entries.values()].sort((a, b) => b.at - a.at).slice(0, SHOWN);
    replace(entries, newest.length ? newest.map((entry) => row(entry, known)) : h("li", { class: "fine" }, "Nothing has moved yet."));
  } };
}

const BESIDE = { team: "team", project: "project" };
const KINDS = { company: "The company's pool", team: "A team's pool", project: "A project's pool", person: "A wallet", used: "What all answers cost" };

function balanceRow(balance, before) {
  const stamp = `${balance.available}|${balance.held ?? ""}`;
  const moved = before.has(balance.id) && before.get(balance.id) !== stamp;
  before.set(balance.id, stamp);
  return h("li", { class: `balance balance-${balance.kind} ${moved ? "moved" : ""}`, title: [KINDS[balance.kind], balance.tokens].filter(Boolean).join(" · ") },
    h("span", { class: "grow" }, balance.name, BESIDE[balance.kind] && h("small", {}, ` ${BESIDE[balance.kind]}`)),
    balance.held && h("span", { class: "held" }, `${balance.held} held`),
    h("strong", {}, balance.available));
}

function row(entry, known) {
  const stamp = JSON.stringify([entry, names.tz]);
  const old = known.get(entry.id);
  if (old?.stamp === stamp) return old.node;
  const node = entry.kind === "hold" ? question(entry) : movement(entry);
  if (old) node.classList.add("moved");
  known.set(entry.id, { stamp, node });
  return node;
}

const WORDS = { held: "held", running: "held", charged: "charged", returned: "charged", refused: "refused" };

function question(entry) {
  return h("li", { class: `ledger-entry state-${entry.state}`, data: { entry: entry.id } },
    h("div", { class: "entry-head" }, h("span", { class: "grow" }, entry.title), h("strong", {}, entry.amount), h("span", { class: "entry-word" }, WORDS[entry.state] ?? entry.state)),
    entry.note && h("p", { class: "entry-note" }, entry.note),
    h("ol", { class: "entry-steps" }, entry.steps.map((step) => h("li", {}, time(step.at), h("span", { class: "grow" }, step.label), step.amount && h("span", { class: "entry-amount" }, step.amount)))));
}

function movement(entry) {
  return h("li", { class: "ledger-entry state-done", data: { entry: entry.id } },
    h("div", { class: "entry-head" }, time(entry.at), h("span", { class: "grow" }, entry.title), h("strong", {}, entry.amount)),
    entry.from && h("p", { class: "entry-way" }, entry.from, h("span", { "aria-label": "to", role: "img" }, " → "), entry.to),
    entry.note && h("p", { class: "entry-note" }, entry.note));
}

export function time(epochS) {
  const date = new Date(epochS * 1000);
  return h("time", { datetime: date.toISOString(), title: full(date, names.tz) }, seconds(date, names.tz));
}
