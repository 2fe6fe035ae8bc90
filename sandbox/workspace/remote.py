"""Events, interactions and commands over HTTP instead of a socket, signed as Slack signs them.

docs.slack.dev, "Verifying requests from Slack", "HTTP request URLs", "url_verification".
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from urllib.parse import urlencode

import aiohttp

from sandbox.workspace.links import Delivery
from sandbox.workspace.wire import ControlError, JsonObject

_FORM = "application/x-www-form-urlencoded"
_OK = 200


def signature(secret: str, timestamp: str, body: str) -> str:
    """The value of X-Slack-Signature, version 0."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Remote:
    """The app's request URL."""

    def __init__(self, url: str, signing_secret: str, clock: Callable[[], float]) -> None:
        self.url = url
        self._secret = signing_secret
        self._clock = clock
        self._session = aiohttp.ClientSession()

    async def verify(self, token: str, timeout_s: float) -> None:
        """Slack's two checks of a new URL: `url_verification` and `ssl_check`. Raises ControlError."""
        challenge = secrets.token_hex(16)
        asked = {"token": token, "challenge": challenge, "type": "url_verification"}
        said = await self._post("application/json", json.dumps(asked), {}, timeout_s)
        if said is None or challenge not in said:
            raise ControlError("The URL did not answer the challenge.", 409)
        if await self._post(_FORM, urlencode({"ssl_check": "1", "token": token}), {}, timeout_s) is None:
            raise ControlError("The URL did not answer the ssl_check.", 409)

    async def deliver(self, delivery: Delivery, timeout_s: float) -> bool:
        """One try; True when it was answered with 200 in time. The answer's body becomes the acknowledgement."""
        kind, body = _encoded(delivery)
        headers = {}
        if delivery.attempt:
            headers = {"X-Slack-Retry-Num": str(delivery.attempt), "X-Slack-Retry-Reason": "http_timeout"}
        said = await self._post(kind, body, headers, timeout_s)
        if said is None:
            return False
        if not delivery.acked.done():
            delivery.acked.set_result(_answer(said))
        return True

    async def _post(self, kind: str, body: str, headers: dict[str, str], timeout_s: float) -> str | None:
        """The body of a 200 answer, or None."""
        timestamp = str(int(self._clock()))
        signed = {
            "Content-Type": kind, "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body), **headers,
        }  # fmt: skip
        limit = aiohttp.ClientTimeout(total=timeout_s)
        try:
            async with self._session.post(self.url, data=body.encode(), headers=signed, timeout=limit) as answer:
                return await answer.text() if answer.status == _OK else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def close(self) -> None:
        """Close the HTTP session."""
        await self._session.close()


def _encoded(delivery: Delivery) -> tuple[str, str]:
    if delivery.kind == "events_api":
        return "application/json", json.dumps(delivery.payload)
    if delivery.kind == "slash_commands":
        return _FORM, urlencode(delivery.payload)
    return _FORM, urlencode({"payload": json.dumps(delivery.payload)})


def _answer(said: str) -> JsonObject | None:
    """JSON, or plain words as a command's answer may be."""
    try:
        decoded = json.loads(said)
    except ValueError:
        return {"text": said} if said else None
    return decoded if isinstance(decoded, dict) else None
