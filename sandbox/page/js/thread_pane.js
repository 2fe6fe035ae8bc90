import { composer } from "./composer.js";
import { h, iconButton, keeping, replace } from "./dom.js";
import { statusLine } from "./message.js";
import { messageList } from "./messages.js";
import { closeThread } from "./navigation.js";
import { currentChannel, listOf, statusOf, store } from "./store.js";

export function threadPane(node) {
  const list = messageList("Thread");
  const entry = composer({ thread: () => store.thread, pane: node });
  const where = h("p", {});
  const tailOf = keeping();
  const header = h("header", { class: "pane-header" }, h("div", { class: "titles" }, h("h2", {}, "Thread"), where), iconButton("close", "Close thread", closeThread));
  replace(node, header, list.node, entry.node);
  node.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented && !event.target.value) closeThread(); });
  return () => {
    const channel = currentChannel();
    const open = Boolean(store.thread && channel && store.tab !== "home");
    document.body.classList.toggle("has-thread", open);
    node.hidden = !open;
    if (!open) return void list.draw([], { where: "", inThread: true }); // what nobody sees says nothing
    where.textContent = channel.kind === "channel" ? `#${channel.name}` : channel.kind === "app" ? store.state.app.name : "Direct message";
    entry.draw(channel, "Reply in this thread");
    const tail = tailOf([statusOf(channel.id, store.thread)], (status) => status && statusLine(status));
    list.draw(listOf(channel.id, store.thread), { where: `${store.as}|${channel.id}|${store.thread}`, inThread: true, tail });
  };
}
