// The only place where a message's address becomes an anchor.

import { h } from "../dom.js";
import { messageIn } from "../permalink.js";

const SAFE = new Set(["http:", "https:", "mailto:"]);

/** Who opens a message in this page; set by navigation.js. */
let openMessage = () => {};
export const onMessageLink = (open) => { openMessage = open; };

export function safeUrl(url) {
  try {
    const parsed = new URL(url);
    return SAFE.has(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** An anchor for http, https and mailto; anything else stays the text it was. */
export function link(url, label) {
  const href = safeUrl(url);
  const shown = typeof label === "string" && !label ? url : label;
  if (!href) return h("span", {}, shown);
  const message = messageIn(href);
  if (message) return h("a", { href, title: "Open the message", onclick: (event) => { event.preventDefault(); openMessage(message); } }, shown);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }, shown);
}

/** Where the page may load pictures from: itself and data addresses, nothing else (the CSP says the same). */
export function ownImage(url) {
  if (/^data:image\/(png|jpeg|gif|webp);base64,/.test(url ?? "")) return url;
  try {
    const parsed = new URL(url, location.href);
    return parsed.origin === location.origin ? parsed.href : null;
  } catch {
    return null;
  }
}

/** Takes the punctuation that ends a sentence off a bare address. */
export function trimUrl(url) {
  let end = url.length;
  while (end > 0 && /[.,;:!?'"*_~]/.test(url[end - 1])) end -= 1;
  if (url[end - 1] === ")" && !url.slice(0, end).includes("(")) end -= 1;
  return url.slice(0, end);
}
