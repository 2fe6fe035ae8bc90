"""The containers' health check, run against a process that is connected, hangs, lost its connection, is gone."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

CHECK = Path(__file__).parents[2] / "deploy" / "healthcheck.py"
READER = """
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for _ in sys.stdin:
    connection.recv(99)
"""


@contextmanager
def connected_to(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is connected, and reads when it is told to by a line."""
    with subprocess.Popen([sys.executable, "-c", READER, str(port)], stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def health(pid: int, environ: Mapping[str, str], *options: str) -> tuple[int, str]:
    command = [sys.executable, "-ISB", str(CHECK), *options, str(pid)]
    done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="the check reads Linux's /proc, in a container")
def test_the_health_check_sees_a_bot_that_hangs_lost_slack_or_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as slack:
        environ = {"SLACK_API_URL": f"http://127.0.0.1:{slack.getsockname()[1]}/api/"}
        with connected_to(slack.getsockname()[1]) as process:
            theirs, _ = slack.accept()
            assert health(process.pid, environ) == (0, "")
            assert health(process.pid, {"SLACK_API_URL": "http://127.0.0.1:1/"})[0] == 1  # a connection to others
            assert health(process.pid, {"https_proxy": environ["SLACK_API_URL"]}) == (0, "")
            theirs.sendall(b"ping")
            assert health(process.pid, environ, "--alive") == (1, "The bot does not read what Slack sends.")
            assert process.stdin is not None
            process.stdin.write(b"read\n")
            process.stdin.flush()
            assert health(process.pid, environ, "--alive") == (0, "")
            theirs.close()
            assert health(process.pid, environ) == (1, "The bot has no connection to Slack.")
            assert health(process.pid, environ, "--alive") == (0, "")
        assert health(process.pid, environ, "--alive")[0] == 1


class Pages(BaseHTTPRequestHandler):
    """A bot in HTTP mode that is alive and not ready."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 503)
        self.end_headers()
        self.wfile.write(b"stopping")

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_in_http_mode_the_health_check_asks_the_bot_itself() -> None:
    with HTTPServer(("127.0.0.1", 0), Pages) as bot:
        environ = {"STIPEND_HTTP_PORT": str(bot.server_port), "STIPEND_HTTP_HOST": "0.0.0.0"}
        thread = threading.Thread(target=bot.serve_forever)
        thread.start()
        try:
            assert health(1, environ) == (1, "The bot says: stopping")
            assert health(1, environ, "--alive") == (0, "")
        finally:
            bot.shutdown()
            thread.join()
    assert health(1, environ, "--alive") == (1, "The bot does not answer on its port.")
