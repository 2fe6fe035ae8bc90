// Builds elements from plain data. Text only ever becomes a text node, so no message can turn into markup.

const SVG = "http://www.w3.org/2000/svg";

/** h("button", {class: "x", onclick: fn, "aria-label": "…"}, child, "text", [more]) -> HTMLElement */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props ?? {})) setProp(node, key, value);
  append(node, children);
  return node;
}

function setProp(node, key, value) {
  if (value === undefined || value === null || value === false) return;
  if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
  else if (key === "class") node.className = value;
  else if (key === "data") Object.assign(node.dataset, value);
  else if (key === "value" || key === "checked" || key === "selected") node[key] = value;
  else node.setAttribute(key, value === true ? "" : String(value));
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    node.append(child);
  }
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

const PATHS = {
  hash: "M8 3 6.500 17M13.500 3 12 17M3.500 7.500h13.500M3 12.500h13.500",
  home: "M3.500 9 10 3.500 16.500 9v7.500h-4.500v-4.500h-4v4.500h-4.500z",
  chat: "M3.500 4.500h13v9h-7l-3.500 3v-3h-2.500z",
  close: "M5 5l10 10M15 5 5 15",
  menu: "M3 5.500h14M3 10h14M3 14.500h14",
  back: "M12 4.500 6.500 10l5.500 5.500",
  down: "M5.500 8 10 12.500 14.500 8",
  send: "M3.500 10 16.500 4l-4 12.500-3-4.500zM9.500 12l7-8",
  reply: "M3.500 4.500h13v8.500h-6.500l-3.500 3v-3h-3zM6.500 7.500h7M6.500 10h4.500",
  smile: "M10 2.800a7.200 7.200 0 1 0 0 14.400 7.200 7.200 0 0 0 0-14.400M7.500 8v.6M12.500 8v.6M6.800 11.600c.7 1.400 1.800 2 3.200 2s2.500-.6 3.200-2",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0v1.200c0 2.400 4 2.400 4-1.200a7 7 0 1 0-2.800 5.600",
  slash: "M12.500 3.500l-5 13",
  stop: "M6 6h8v8H6z",
  dots: "M4.500 10h.01M10 10h.01M15.500 10h.01",
  eye: "M2.500 10c2-3.600 4.500-5.300 7.500-5.300s5.500 1.700 7.500 5.300c-2 3.600-4.500 5.300-7.500 5.300S4.500 13.600 2.500 10M10 7.700a2.300 2.300 0 1 0 0 4.600 2.300 2.300 0 0 0 0-4.600",
  pulse: "M2.500 10.500h3.500l2.500-6 3.500 11 2.500-7 1 2h2",
  chip: "M6 6h8v8H6zM8 3v3M12 3v3M8 14v3M12 14v3M3 8h3M3 12h3M14 8h3M14 12h3",
  alert: "M10 3.500 17.500 16.500h-15zM10 8.500v3.500M10 14.200v.1",
  up: "M7 9.500v7H3.500v-7zM7 9.500l3-6.500c1.600 0 2.300 1.200 2 2.700L11.500 8.500h4.500c1 0 1.600.9 1.400 1.900l-1.200 4.700c-.2.9-.9 1.400-1.800 1.400H7",
  thumbdown: "M13 10.500v-7h3.500v7zM13 10.500l-3 6.500c-1.600 0-2.300-1.200-2-2.700l.5-2.800H4c-1 0-1.600-.9-1.400-1.900l1.200-4.700C4 4 4.700 3.500 5.600 3.500H13",
  trash: "M4 6h12M8 6V4h4v2M5.500 6l.8 10.500h7.400L14.500 6",
  copy: "M7 7h9.500v9.500H7zM13 7V3.500H3.500V13H7",
  clip: "M15.500 9.500 9.800 15.200a3.600 3.600 0 0 1-5.100-5.100l6.200-6.200a2.400 2.400 0 0 1 3.400 3.400l-6.100 6.100a1.200 1.200 0 0 1-1.700-1.700l5.300-5.300",
  save: "M10 3v9.500M6 8.800l4 4 4-4M4 16.500h12",
  pen: "M4 16l.8-3.600L13.300 3.900l2.800 2.800-8.500 8.500zM11.600 5.600l2.800 2.800",
  link: "M8.500 11.500a3 3 0 0 0 4.300 0l2.900-2.900a3 3 0 0 0-4.300-4.300L10 5.700M11.500 8.500a3 3 0 0 0-4.300 0l-2.900 2.900a3 3 0 0 0 4.300 4.300l1.400-1.400",
  file: "M5 2.500h6.500L15 6v11.500H5zM11.500 2.500V6H15",
  check: "M4 10.500l4 4 8-9",
  coins: "M10 3c3.300 0 6 1.200 6 2.700S13.300 8.400 10 8.400 4 7.200 4 5.700 6.700 3 10 3M4 5.700v4.300c0 1.500 2.700 2.700 6 2.700s6-1.200 6-2.700V5.700M4 10v4.300C4 15.800 6.700 17 10 17s6-1.200 6-2.700V10",
};

/** A 20×20 line icon, hidden from screen readers: its button carries the label. */
export function icon(name, cls = "") {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 20 20", "aria-hidden": "true", class: `icon ${cls}` })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", PATHS[name] ?? PATHS.dots);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, props = {}) {
  return h("button", { type: "button", "aria-label": label, title: label, onclick, ...props, class: `icon-button ${props.class ?? ""}` }, icon(name));
}

/** keep(inputs, build) -> build(...inputs), made anew only when the inputs differ: focus and animations stay. */
export function keeping() {
  let made = { stamp: null, node: null };
  return (inputs, build) => {
    const stamp = JSON.stringify(inputs);
    if (made.stamp !== stamp) made = { stamp, node: build(...inputs) };
    return made.node;
  };
}

/** Calls fn once, ms after the last request: pushes come in bursts. */
export function debounced(fn, ms) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(fn, ms);
  };
}

/** Calls fn once what was changed now is drawn. */
export const nextDrawn = (fn) => requestAnimationFrame(() => requestAnimationFrame(fn));

let announceTimer;
/** Says one sentence to screen readers. Emptied first, so that the same sentence is read again. */
export function announce(text) {
  const node = document.getElementById("announcer");
  node.textContent = "";
  clearTimeout(announceTimer);
  announceTimer = setTimeout(() => { node.textContent = text.slice(0, 400); }, 60);
}
