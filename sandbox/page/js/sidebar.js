import { h, icon, replace } from "./dom.js";
import { avatar, nameOf } from "./people.js";
import { openChannel, openPerson } from "./navigation.js";
import { names, store, userById } from "./store.js";

export function drawSidebar(node) {
  const { channels, app, connected } = store.state;
  const focused = document.activeElement?.closest?.("#sidebar button")?.dataset.focusKey;
  const of = (kind) => channels.filter((channel) => channel.kind === kind);
  replace(node,
    group("Channels", of("channel").map((channel) => entry(channel, "messages", icon("hash"), channel.name))),
    group("Direct messages", names.people().filter((user) => user.id !== store.as).map((user) => {
      const channel = of("im").find((known) => known.with === user.id);
      return entry(channel ?? { id: user.id, isNew: true }, "messages", avatar(user, "tiny"), nameOf(user));
    })),
    group("App", of("app").flatMap((channel) => [
      h("li", { class: "app-line" }, avatar(userById(app.user_id) ?? { is_bot: true }, "tiny"), h("span", {}, app.name), h("span", { class: `dot ${connected ? "on" : ""}`, role: "img", "aria-label": connected ? "connected" : "not connected", title: connected ? "Connected" : "Not connected" })),
      entry(channel, "home", icon("home"), "Home"),
      entry(channel, "messages", icon("chat"), "Messages"),
    ])));
  if (focused) node.querySelector(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus();
}

function group(title, items) {
  if (!items.length) return null;
  const id = `group-${title.replace(/\W/g, "")}`;
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), h("ul", {}, items));
}

function entry(channel, tab, mark, label) {
  const here = channel.id === store.channel && tab === store.tab;
  const unread = tab === "messages" && !here ? channel.unread ?? 0 : 0;
  const button = h("button", {
    type: "button", class: `entry ${unread ? "unread" : ""}`, "aria-current": here ? "page" : undefined,
    data: { focusKey: `${channel.id}.${tab}`, channel: channel.id, tab }, onclick: () => (channel.isNew ? openPerson(channel.id) : openChannel(channel.id, tab)),
  }, mark, h("span", { class: "grow" }, label), unread > 0 && [h("span", { class: "count", "aria-hidden": "true" }, unread > 99 ? "99+" : String(unread)), h("span", { class: "sr-only" }, `, ${unread} unread`)]);
  return h("li", {}, button);
}
