import { announce, h, iconButton } from "../dom.js";

/** A code block with its language and a button that copies it. */
export function codeBlock(code, language) {
  const copy = iconButton("copy", "Copy code", () => {
    navigator.clipboard?.writeText(code).then(() => announce("Copied"));
    copy.classList.add("done");
    setTimeout(() => copy.classList.remove("done"), 1200);
  });
  // tabindex: a wide block scrolls, so the keyboard must reach it.
  const body = h("pre", { tabindex: "0", "aria-label": language ? `Code, ${language}` : "Code" }, h("code", {}, code));
  return h("div", { class: "code-block" }, h("div", { class: `code-bar ${language ? "named" : ""}` }, h("span", {}, language), copy), body);
}
