"""Is the bot well? Exit status 0: yes; 1, with a sentence: no. For containers.

    healthcheck.py [--alive] [PID]        PID is 1 unless given

It looks at the process from outside, by what Linux says of it in /proc, and needs no package, secret or network:

- the process is there and not stopped;
- it is connected to Slack: a TCP connection is established to the port of SLACK_API_URL (443), or of the proxy;
- it reads: on one such connection at least, nothing lies unread for two seconds. Slack pings each of its sockets every
  few seconds, so a bot that hangs has unread bytes soon.

In HTTP mode there is no such connection: there it asks the bot's own /readyz, or with --alive /healthz.

With --alive a missing connection is no fault: that is for whoever restarts on failure, since a restart brings neither
Slack nor the network back. It does not ask the database or the model, which a restart would not bring back either.
"""

import http.client
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

LOOK_AGAIN_S = 2.0
PAGE_WITHIN_S = 3.0
ESTABLISHED = "01"
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def ports() -> set[int]:
    """Where a connection to Slack may lead: to its own port, or to a proxy's."""
    urls = [os.environ.get("SLACK_API_URL") or "https://slack.com/", *(os.environ.get(name, "") for name in PROXIES)]
    parts = [urlsplit(url if "://" in url else f"http://{url}") for url in urls if url]
    return {part.port or (443 if part.scheme == "https" else 80) for part in parts}


def unread(process: Path, wanted: set[int]) -> dict[str, int]:
    """Bytes not read yet, for each of the process's established connections to these ports; by inode."""
    ours = {link.readlink().name.removeprefix("socket:[").removesuffix("]") for link in (process / "fd").iterdir()}
    found = {}
    for table in ("tcp", "tcp6"):
        path = process / "net" / table
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            _, _, remote, state, queues, _, _, _, _, inode, *_ = line.split()
            if state == ESTABLISHED and inode in ours and int(remote.rpartition(":")[2], 16) in wanted:
                found[inode] = int(queues.rpartition(":")[2], 16)
    return found


def page(port: str, *, alive: bool) -> str:
    """What the bot says is wrong, on its own port; an empty text when all is well."""
    host = os.environ.get("STIPEND_HTTP_HOST") or "127.0.0.1"
    reached = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, int(port), timeout=PAGE_WITHIN_S)  # noqa: S104  # compared, not bound
    try:
        reached.request("GET", "/healthz" if alive else "/readyz")
        answer = reached.getresponse()
        return "" if answer.status == http.client.OK else f"The bot says: {answer.read(200).decode(errors='replace')}"
    except OSError:
        return "The bot does not answer on its port."
    finally:
        reached.close()


def problem(process: Path, *, alive: bool) -> str:
    """What is wrong, or an empty text."""
    try:
        if (process / "stat").read_text().rpartition(")")[2].split()[0] in "TtZX":
            return "The bot's process is stopped."
        first = unread(process, ports())
        if not first:
            return "" if alive else "The bot has no connection to Slack."
        if not all(first.values()):
            return ""
        time.sleep(LOOK_AGAIN_S)
        second = unread(process, ports())
    except OSError:
        return "The bot's process is not there, or belongs to somebody else."
    hangs = all(second.get(inode, 0) >= size for inode, size in first.items())
    return "The bot does not read what Slack sends." if hangs else ""


def main(*arguments: str) -> int:
    """Tell the problem, if there is one."""
    pid = next((word for word in arguments if word.isdigit()), "1")
    port, alive = os.environ.get("STIPEND_HTTP_PORT"), "--alive" in arguments
    called = bool(port) and not os.environ.get("SLACK_APP_TOKEN")
    found = page(port or "", alive=alive) if called else problem(Path("/proc") / pid, alive=alive)
    if found:
        print(found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
