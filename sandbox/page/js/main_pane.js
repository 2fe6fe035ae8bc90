// The middle: a channel, a direct message, or the app's Home and Messages tabs.

import { composer } from "./composer.js";
import { h, icon, keeping, replace } from "./dom.js";
import { drawHome } from "./home.js";
import { statusLine } from "./message.js";
import { messageList } from "./messages.js";
import { avatar, nameOf } from "./people.js";
import { openChannel } from "./navigation.js";
import { currentChannel, listOf, names, statusOf, store, userById } from "./store.js";
import { dayKey, tsDate } from "./time.js";

export function mainPane(node) {
  const header = h("header", { class: "pane-header" });
  const list = messageList("Messages");
  const home = h("div", { class: "home-scroll", role: "tabpanel", "aria-label": "Home", tabindex: "0" });
  const entry = composer({ thread: () => null, pane: node });
  const [introOf, tailOf] = [keeping(), keeping()];
  let mounted = "";
  return () => {
    const channel = currentChannel();
    if (!channel) return replace(node, h("p", { class: "loading" }, "This person is in no channel yet."));
    const mode = channel.kind === "app" && store.tab === "home" ? "home" : "talk";
    if (mounted !== mode) replace(node, header, mode === "home" ? home : [list.node, entry.node]);
    mounted = mode;
    drawHeader(header, channel);
    if (mode === "home") return drawHome(home);
    entry.draw(channel, placeholder(channel));
    const messages = listOf(channel.id);
    const shown = introOf([channel, messages.length > 0, store.as, store.state.prompts, store.state.model], () => !messages.length && intro(channel, entry));
    const tail = tailOf([statusOf(channel.id, null), isQuietToday(channel, messages), store.as, store.state.prompts], (status, isQuiet) => [status && statusLine(status), isQuiet && starter(entry)]);
    return list.draw(messages, { where: `${store.as}|${channel.id}`, intro: shown, tail, fresh: store.fresh.get(channel.id) });
  };
}

const other = (channel) => userById(channel.with ?? channel.members.find((id) => id !== store.as));

function placeholder(channel) {
  if (channel.kind === "app") return `Ask ${store.state.app.name} anything`;
  return channel.kind === "im" ? `Message ${nameOf(other(channel))}` : `Message #${channel.name} · @${store.state.app.name.toLowerCase()} asks the app`;
}

function drawHeader(node, channel) {
  const key = JSON.stringify([channel, store.tab, store.as, store.state.app.description, channel.members.map((id) => userById(id)?.real_name)]);
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  const focused = node.contains(document.activeElement) && document.activeElement.dataset.focusKey;
  replace(node, ...(channel.kind === "app" ? appHeader(channel) : channel.kind === "im" ? personHeader(channel) : channelHeader(channel)));
  if (focused) node.querySelector(`[data-focus-key="${focused}"]`)?.focus();
}

function channelHeader(channel) {
  const faces = channel.members.slice(0, 4).map((id) => avatar(userById(id), "tiny"));
  return [h("div", { class: "titles" }, h("h2", {}, icon("hash"), channel.name), channel.topic && h("p", {}, channel.topic)),
    h("div", { class: "members", role: "img", title: channel.members.map((id) => nameOf(userById(id))).join(", "), "aria-label": `${channel.members.length} members` }, faces, h("span", {}, String(channel.members.length)))];
}

const personHeader = (channel) => [h("div", { class: "titles" }, h("h2", {}, avatar(other(channel), "tiny"), nameOf(other(channel))), other(channel)?.title && h("p", {}, other(channel).title))];

function appHeader(channel) {
  const { app } = store.state;
  const tab = (id, label) => h("button", {
    type: "button", role: "tab", "aria-selected": String(store.tab === id), class: "tab", data: { focusKey: `tab.${id}` }, onclick: () => openChannel(channel.id, id),
  }, label);
  return [h("div", { class: "titles" }, h("h2", {}, avatar(userById(app.user_id) ?? { is_bot: true }, "tiny"), app.name), app.description && h("p", {}, app.description)),
    h("div", { class: "tabs", role: "tablist", "aria-label": app.name }, tab("home", "Home"), tab("messages", "Messages"))];
}

function intro(channel, entry) {
  if (channel.kind === "app") return welcome(entry);
  const title = channel.kind === "im" ? `You and ${nameOf(other(channel))}` : `#${channel.name}`;
  const text = channel.kind === "im" ? "Nothing has been said here yet." : `Nothing has been said here yet. Mention @${store.state.app.name.toLowerCase()} with a question, or type / for commands.`;
  return h("div", { class: "intro" }, h("h3", {}, title), h("p", {}, text));
}

/** The start of a conversation with the app: its prompts, and an honest word about the model. */
function welcome(entry) {
  const { app, model, prompts = [], prompts_title: title } = store.state;
  return h("div", { class: "intro welcome" },
    avatar(userById(app.user_id) ?? { is_bot: true }, "large"), h("h3", {}, title || `Ask ${app.name}`), app.description && h("p", {}, app.description),
    suggested(prompts, entry),
    model?.label && h("p", { class: "fine" }, `Answered by ${[model.label, model.note].filter(Boolean).join(": ")}`));
}

const suggested = (prompts, entry) => prompts.length > 0 && h("div", { class: "prompts", role: "group", "aria-label": "Suggested prompts" }, prompts.map((prompt) => h("button", {
  type: "button", class: "prompt", onclick: () => entry.send(prompt.message) }, h("strong", {}, prompt.title), h("span", {}, prompt.message))));

/** The app has written, say about a grant, and this person has asked nothing yet today. */
function isQuietToday(channel, messages) {
  const today = dayKey(new Date(), names.tz);
  return channel.kind === "app" && messages.length > 0 && !messages.some((message) => message.user === store.as && dayKey(tsDate(message.ts), names.tz) === today);
}

/** The prompts below what the app has written. */
function starter(entry) {
  const { app, prompts = [], prompts_title: title } = store.state;
  return prompts.length > 0 && h("div", { class: "starter" }, h("h3", {}, title || `Ask ${app.name}`), suggested(prompts, entry));
}
