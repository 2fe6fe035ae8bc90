// <@U1>, <#C1|name>, <!here>, <!date^…>: what angle brackets mean in a message.

import { h } from "../dom.js";
import { slackDate } from "../time.js";
import { link } from "./links.js";

export const decode = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** names: {user(id), channel(id), channelName(id), me, tz, openUser(id), openChannel(id)} */
export function userRef(id, names, fallback) {
  const user = names.user(id);
  const label = `@${user?.real_name || user?.name || fallback || id}`;
  return h("span", { class: id === names.me ? "ref ref-me" : "ref" }, label);
}

export function channelRef(id, names, fallback) {
  const label = `#${names.channelName(id) || fallback || id}`;
  if (!names.channel(id)) return h("span", { class: "ref" }, label);
  return h("button", { type: "button", class: "ref ref-link", onclick: () => names.openChannel(id) }, label);
}

const broadcast = (word) => h("span", { class: "ref ref-all" }, `@${word}`);

/** The inside of <…> as Slack writes it -> node, or null when it is none of these. */
export function angle(inside, names) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : decode(inside.slice(bar + 1));
  if (/^@[UW][A-Z0-9]*$/.test(target)) return userRef(target.slice(1), names, label);
  if (/^#C[A-Z0-9]*$/.test(target)) return channelRef(target.slice(1), names, label);
  if (/^!(here|channel|everyone)$/.test(target)) return broadcast(target.slice(1));
  if (target.startsWith("!subteam^")) return h("span", { class: "ref" }, label || "@group");
  if (target.startsWith("!date^")) return dateRef(target, label, names);
  if (/^(https?:\/\/|mailto:)/i.test(target)) return link(decode(target), label || decode(target).replace(/^mailto:/i, ""));
  return null;
}

function dateRef(target, label, names) {
  const [, epochS, format = "{date}", url] = target.split("^");
  const shown = slackDate(epochS, decode(format), names.tz) ?? label;
  return url ? link(decode(url), shown) : h("time", { title: label }, shown);
}
