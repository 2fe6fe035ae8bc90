import { h } from "../dom.js";
import { emojiText } from "../text/emoji.js";
import { mrkdwn } from "../text/mrkdwn.js";
import { decode } from "../text/refs.js";

/** plain_text -> string. */
export const plain = (object) => decode(object?.text ?? "").replace(/:([a-z0-9_+-]+):/g, (_, name) => emojiText(name));

/** A text object of either kind -> node. */
export function textNode(object, names) {
  if (!object) return null;
  if (object.type === "mrkdwn") return mrkdwn(object.text ?? "", names);
  return h("div", { class: "text" }, h("p", {}, plain(object)));
}
