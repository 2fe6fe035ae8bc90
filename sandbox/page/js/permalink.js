// Links to messages, as chat.getPermalink gives them: /archives/C1/p1700000000000100?thread_ts=…

/** An address of this workspace -> {channel, ts, thread}, or null. */
export function messageIn(url) {
  let parsed;
  try {
    parsed = new URL(url, location.href);
  } catch {
    return null;
  }
  const found = parsed.origin === location.origin && /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(parsed.pathname);
  return found ? { channel: found[1], ts: `${found[2]}.${found[3]}`, thread: parsed.searchParams.get("thread_ts") } : null;
}

export function permalink({ channel, ts, thread_ts: thread }) {
  const query = thread && thread !== ts ? `?${new URLSearchParams({ thread_ts: thread, cid: channel })}` : "";
  return `${location.origin}/archives/${channel}/p${ts.replace(".", "")}${query}`;
}

/** Scrolls to a message and marks it for a moment, once it is drawn. Says whether it came. */
export async function spot(ts, pane) {
  for (let tries = 0; tries < 40; tries += 1) {
    const node = document.querySelector(`${pane} .message[data-ts="${CSS.escape(ts)}"]`);
    if (node) return show(node);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  return false;
}

function show(node) {
  node.tabIndex = -1;
  node.scrollIntoView({ block: "center" });
  node.focus({ preventScroll: true });
  node.classList.add("spotted");
  setTimeout(() => node.classList.remove("spotted"), 2500);
  return true;
}
