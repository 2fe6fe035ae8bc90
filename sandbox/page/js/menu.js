import { append, h } from "./dom.js";

/** A menu under its button. items: [{node: string|Node|array, run, checked?}]. Arrows move, Escape and a click elsewhere close. */
export function openMenu(anchor, label, items, cls = "") {
  if (anchor.getAttribute("aria-expanded") === "true") return;
  const buttons = items.map((item) => append(h("button", {
    type: "button", role: item.checked === undefined ? "menuitem" : "menuitemradio", "aria-checked": item.checked === undefined ? undefined : String(item.checked),
    tabindex: "-1", onclick: () => { close(); item.run(); },
  }), [item.node]));
  const menu = h("div", { class: `menu ${cls}`, role: "menu", "aria-label": label, onkeydown: (event) => move(event, buttons, close) }, buttons);
  const outside = (event) => { if (!menu.contains(event.target) && !anchor.contains(event.target)) close(false); };
  function close(refocus = true) {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    anchor.setAttribute("aria-expanded", "false");
    if (refocus) anchor.focus();
  }
  // Inside a dialog the menu has to be in the dialog, or the top layer hides it.
  (anchor.closest("dialog") ?? document.getElementById("overlays")).append(menu);
  anchor.setAttribute("aria-expanded", "true");
  place(menu, anchor);
  document.addEventListener("pointerdown", outside, true);
  (buttons[items.findIndex((item) => item.checked)] ?? buttons[0])?.focus();
}

function place(menu, anchor) {
  const box = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left), innerWidth - size.width - 8);
  const below = box.bottom + 6 + size.height < innerHeight;
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${below ? box.bottom + 6 : Math.max(8, box.top - size.height - 6)}px`;
}

function move(event, buttons, close) {
  const at = buttons.indexOf(document.activeElement);
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1 + buttons.length, Home: 0, End: buttons.length - 1 };
  if (event.key in steps) {
    event.preventDefault();
    buttons[steps[event.key] % buttons.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}
