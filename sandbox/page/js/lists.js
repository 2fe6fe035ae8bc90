// Lists of messages: fetched whole, then kept up by pushes.

import { get } from "./api.js";
import { debounced } from "./dom.js";
import { change, keyOf, setStatus, store } from "./store.js";
import { attempt } from "./toast.js";

export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

/** Pushes that came while a fetch was under way; its answer may be older than they are. */
const journals = new Set();

export async function loadMessages(channel, thread) {
  const journal = [];
  journals.add(journal);
  try {
    const { as } = store;
    const { messages, statuses } = await get("messages", { as, channel, thread_ts: thread });
    if (as !== store.as) return; // the answer is another person's
    store.messages.set(keyOf(channel, thread), messages);
    if (statuses) replaceStatuses(channel, statuses);
    journal.forEach(apply);
  } finally {
    journals.delete(journal);
  }
  change();
}

function replaceStatuses(channel, statuses) {
  for (const key of store.statuses.keys()) if (key.startsWith(`${channel}|`)) store.statuses.delete(key);
  for (const [ts, text] of Object.entries(statuses)) setStatus(channel, ts, text);
}

/** Puts a push about messages into the lists that hold it. */
export function applyPush(push) {
  journals.forEach((journal) => journal.push(push));
  apply(push);
}

function apply(push) {
  if (push.type === "status") setStatus(push.channel, push.thread_ts, push.status);
  else if (push.type === "message_deleted") remove(push.channel, push.ts ?? push.message?.ts);
  else if (push.message) put(push.channel, push.message, push.type === "message" || push.type === "ephemeral");
}

/** A whole message goes where it belongs; a change of one that is not known adds nothing. */
function put(channel, message, add) {
  if (isReply(message)) upsert(channel, message.thread_ts, message, add);
  else upsert(channel, message.ts, message, false);
  upsert(channel, null, message, add && (!isReply(message) || message.broadcast));
}

function upsert(channel, thread, message, add) {
  const list = store.messages.get(keyOf(channel, thread));
  if (!list) return;
  const at = list.findIndex((known) => known.ts === message.ts);
  if (at >= 0) list[at] = message;
  else if (add) list.splice(list.findLastIndex((known) => Number(known.ts) < Number(message.ts)) + 1, 0, message);
}

function remove(channel, ts) {
  for (const [key, list] of store.messages) {
    if (key === channel || key.startsWith(`${channel}|`)) store.messages.set(key, list.filter((item) => item.ts !== ts));
  }
}

const pending = new Set();
const refresh = debounced(() => {
  const keys = [...pending];
  pending.clear();
  for (const [channel, thread] of keys.map((key) => key.split("|"))) {
    // Left since, perhaps by acting as somebody who is not in it: nobody sees the answer.
    if (channel === store.channel) attempt(loadMessages(channel, thread));
  }
}, 150);

/** Fetches what is shown of a channel again soon, for what a push leaves out. */
export function refreshShown(channel) {
  if (channel !== store.channel) return;
  pending.add(keyOf(channel));
  if (store.thread) pending.add(keyOf(channel, store.thread));
  refresh();
}
