// What can be completed at the caret: @people, #channels and /commands with the forms their hint names.

import { h, icon } from "./dom.js";
import { avatar, nameOf, roleBadge } from "./people.js";
import { names, store, userById } from "./store.js";

const MOST = 8;

/** {text, caret} -> {from, items: [{insert, node}], isHint?} or null. A hint waits for an arrow key, so that Enter sends. */
export function complete(text, caret) {
  const before = text.slice(0, caret);
  if (/^\/\S*$/.test(before)) return commands(before);
  const form = /^(\/\S+) ([a-z]*)$/.exec(before);
  if (form) return forms(form[1], form[2], before);
  const at = /(^|[\s(])([@#])([^\s@#]*(?: [^\s@#]*)?)$/u.exec(before);
  if (!at) return null;
  const from = before.length - at[3].length - 1;
  return at[2] === "@" ? mentions(at[3], from) : channels(at[3], from);
}

const starts = (word, typed) => word.toLowerCase().split(/[\s._-]+/).some((part, i, parts) => parts.slice(i).join(" ").startsWith(typed.toLowerCase()));
/** What is typed in full already needs no offer, so that Enter sends. */
const found = (from, items) => (items.length ? { from, items: items.slice(0, MOST) } : null);

function mentions(typed, from) {
  const app = userById(store.state.app.user_id);
  const everyone = [...(app ? [app] : []), ...names.people()];
  const match = everyone.filter((user) => starts(`${nameOf(user)}`, typed) || user.name.toLowerCase().startsWith(typed.toLowerCase()));
  if (match.length < 2 && everyone.some((user) => isFinished(user, typed))) return null;
  return found(from, match.filter((user) => ![user.name, nameOf(user)].includes(typed)).map((user) => ({
    insert: `@${user.is_bot ? user.name : nameOf(user)} `,
    node: [avatar(user, "tiny"), h("strong", {}, nameOf(user)), h("small", { class: "grow" }, user.is_bot ? "asks the app" : user.title || user.name), !user.is_bot && roleBadge(user)],
  })));
}

/** A whole name and the space after it: the workspace knows whom it means, so nothing is left to complete. */
const isFinished = (user, typed) => [user.name, nameOf(user)].some((name) => typed.toLowerCase() === `${name.toLowerCase()} `);

function channels(typed, from) {
  const match = names.channels().filter((channel) => channel.name !== typed && starts(channel.name, typed));
  return found(from, match.map((channel) => ({ insert: `#${channel.name} `, node: [icon("hash"), h("strong", {}, channel.name), h("small", {}, channel.topic)] })));
}

function commands(typed) {
  const match = store.state.app.commands.filter(({ command }) => command.startsWith(typed) && command !== typed);
  return found(0, match.map(({ command, description, usage_hint: hint }) => ({
    insert: `${command} `, node: [h("strong", {}, command), h("code", {}, hint ?? ""), h("small", { class: "grow" }, description)],
  })));
}

/** "[balance | grant @person AMOUNT]" names its forms between bars; those that begin as typed are offered. */
export function hintForms(hint) {
  return (hint ?? "").replace(/^\s*\[|\]\s*$/g, "").split("|").map((form) => form.trim()).filter((form) => /^[a-z]/.test(form));
}

function forms(command, typed, before) {
  const known = store.state.app.commands.find((item) => item.command === command);
  const match = hintForms(known?.usage_hint).filter((form) => form.startsWith(typed) && form.split(" ")[0] !== typed);
  const from = before.length - typed.length;
  const offer = found(from, match.map((form) => ({ insert: `${form.split(" ")[0]} `, node: [h("strong", {}, form.split(" ")[0]), h("code", {}, form.split(" ").slice(1).join(" "))] })));
  return offer && { ...offer, isHint: !typed };
}

/** The hint under a command that is being typed: its form, or the words that may follow; "" when neither is known. */
export function hintFor(text) {
  const known = store.state.app.commands.find(({ command }) => text === command || text.startsWith(`${command} `));
  if (!known) return "";
  const [, typed, space] = /^ *(\S*)(\s?)/.exec(text.slice(known.command.length));
  const isMeant = (form) => (space ? form.split(" ")[0] === typed : form.startsWith(typed));
  const match = hintForms(known.usage_hint).filter(isMeant);
  const after = match.length === 1 ? match[0] : [...new Set(match.map((form) => form.split(" ")[0]))].join(" | ");
  return after && `${known.command} ${after}`;
}
