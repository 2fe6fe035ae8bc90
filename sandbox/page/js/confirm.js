import { h } from "./dom.js";
import { plain, textNode } from "./blocks/text_objects.js";
import { rehome } from "./toast.js";

/** Asks a Slack confirm object's question; true at once when there is none. */
export function confirmed(spec, ctx) {
  if (!spec) return Promise.resolve(true);
  return new Promise((resolve) => {
    const answer = (value) => { dialog.close(); rehome(); dialog.remove(); resolve(value); };
    const yes = h("button", { type: "button", class: `button ${spec.style === "danger" ? "danger-solid" : "primary"}`, onclick: () => answer(true) }, plain(spec.confirm) || "Yes");
    const no = h("button", { type: "button", class: "button", onclick: () => answer(false) }, plain(spec.deny) || "Cancel");
    const dialog = h("dialog", { class: "dialog small", "aria-label": plain(spec.title) || "Please confirm", oncancel: () => answer(false) },
      h("h2", {}, plain(spec.title)), h("div", { class: "dialog-body" }, textNode(spec.text, ctx.names)), h("footer", {}, no, yes));
    document.getElementById("overlays").append(dialog);
    dialog.showModal();
    no.focus();
  });
}
