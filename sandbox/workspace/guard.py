"""Who may talk to the workspace: programs and pages of this machine alone."""

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

_NAMES = {"localhost"}


def refusal(request: web.Request) -> str:
    """Why a request is refused, or "".

    A Host that is not loopback means DNS rebinding, an Origin other than our own another site's page. The Web API and
    Socket Mode carry secrets of their own, but browsers have no business there either.
    """
    host = request.headers.get("Host", "")
    if not is_loopback(host):
        return "This workspace answers on loopback names only."
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "Another site's page may not talk to this workspace."
    return ""


def is_loopback(host: str) -> bool:
    """True for localhost and loopback addresses, with or without a port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name in _NAMES or name.endswith(".localhost") or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
