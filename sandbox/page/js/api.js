// The control API: one call, one answer, or an error that carries the server's sentence.

export class ApiError extends Error {}

const EXPLAIN_OFFLINE = "The workspace does not answer. Is it still running?";

async function call(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError(EXPLAIN_OFFLINE);
  }
  const answer = await response.json().catch(() => ({ ok: false }));
  if (!response.ok || answer.ok === false) {
    throw new ApiError(answer.error || `The workspace refused this (HTTP ${response.status}).`);
  }
  return answer;
}

export function get(name, params = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value));
  return call(`/control/${name}?${query}`);
}

export function post(name, body) {
  return call(`/control/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

const RETRY_MS = [300, 600, 1200, 2500, 5000];

/** Pushes for one person. Opens again by itself; onState(true) after every opening, so that the page refetches. */
export function listen(as, onPush, onState) {
  let socket;
  let attempt = 0;
  let closed = false;
  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/control/events?as=${encodeURIComponent(as)}`);
    socket.onopen = () => { attempt = 0; onState(true); };
    socket.onmessage = (event) => onPush(JSON.parse(event.data));
    socket.onclose = () => {
      if (closed) return;
      onState(false);
      setTimeout(() => closed || open(), RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]);
    };
  };
  open();
  return () => { closed = true; socket.close(); };
}
