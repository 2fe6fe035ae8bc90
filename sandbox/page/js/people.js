import { h, icon } from "./dom.js";

const COLOURS = ["#b4533c", "#96681b", "#5c7a29", "#1f7a5c", "#1f7286", "#3a66b0", "#6b55b5", "#a1478a"];

const light = (channel) => (channel <= 10 ? channel / 3294.6 : ((channel / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([red, green, blue]) => 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue);
const WHITE_READS_ON = 1.05 / 4.5 - 0.05; // WCAG 2.2, contrast of 4.5 with white

/** "eb6a99" -> a shade of it on which white initials can be read. */
function shadeOf(hex) {
  let shade = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  while (luminance(shade) > WHITE_READS_ON) shade = shade.map((channel) => Math.floor(channel * 0.95));
  return `rgb(${shade.join(" ")})`;
}

function colourOf(user) {
  const given = String(user?.color ?? "").replace("#", "");
  if (/^[0-9a-f]{6}$/i.test(given)) return shadeOf(given);
  const sum = [...(user?.id ?? "?")].reduce((total, char) => total + char.codePointAt(0), 0);
  return COLOURS[sum % COLOURS.length];
}

export function initials(user) {
  const words = String(user?.real_name || user?.name || "?").split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}

const SLACKBOT = "USLACKBOT"; // speaks for a deleted message, and must not look like the app

export function avatar(user, cls = "") {
  const isApp = Boolean(user?.is_bot) && user.id !== SLACKBOT;
  const node = h("span", { class: `avatar ${cls} ${isApp ? "app-avatar" : ""}`, "aria-hidden": "true" }, isApp ? icon("coins") : initials(user));
  // Set through the object model: the content security policy allows this and forbids style attributes.
  if (!isApp) node.style.setProperty("--avatar", colourOf(user));
  return node;
}

const ROLES = { admin: "Admin", manager: "Manager", member: "Member", guest: "Guest" };

export const roleBadge = (user) => h("span", { class: `badge role-${user?.role in ROLES ? user.role : "other"}` }, ROLES[user?.role] ?? String(user?.role ?? ""));
export const nameOf = (user) => user?.real_name || user?.name || "Somebody";
