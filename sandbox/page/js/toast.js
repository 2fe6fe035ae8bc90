import { announce, h, icon, iconButton } from "./dom.js";

/** Shows an error's sentence for a while; it can be closed at once. */
export function toast(error) {
  const text = error instanceof Error ? error.message : String(error);
  const node = h("div", { class: "toast" }, icon("alert"), h("p", {}, text), iconButton("close", "Dismiss", () => node.remove()));
  const box = document.getElementById("toasts");
  box.append(node);
  while (box.children.length > 3) box.firstChild.remove();
  rehome();
  setTimeout(() => node.remove(), 9000);
}

/** An open dialog makes all around it inert, so what must be read and closed moves into it, and out again after. */
export function rehome() {
  const box = document.getElementById("toasts");
  const home = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (box.parentElement !== home) home.append(box);
}

/** Runs a call; its failure becomes a toast and the answer null. */
export async function attempt(promise) {
  try {
    return await promise;
  } catch (error) {
    toast(error);
    return null;
  }
}

/** Good news, said quietly. */
export function tell(text) {
  announce(text);
  const node = h("div", { class: "toast good", role: "presentation" }, icon("check"), h("p", {}, text));
  document.getElementById("toasts").append(node);
  rehome();
  setTimeout(() => node.remove(), 2500);
}
