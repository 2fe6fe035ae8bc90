"""A file's bytes from Slack. The token goes to the one host that has the files, and nowhere else.

Who asks without the right to a file is shown Slack's sign-in page with HTTP 200, or sent there: no file, then.
"""

import asyncio
from dataclasses import dataclass, field

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from budget.files.reading import size_words
from handlers.slack.wire.client import is_direct

DOWNLOAD_S = 30.0  # for one file, all tries together
TRIES, PAUSE_S = 2, 1.0
HOPS = 4  # the first request and redirects within the host
PIECE_BYTES = 65_536
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE_STATUSES = frozenset({404, 410})
# The host of files by the domain of the API: docs.slack.dev/reference/objects/file-object, /changelog for GovSlack.
FILE_HOSTS = {"slack.com": "files.slack.com", "slack-gov.com": "files.slack-gov.com"}

NO_ACCESS = "Slack did not let me have it; an admin should check that the app has the scope files:read"
ELSEWHERE = "it is kept outside of Slack, and I fetch nothing from elsewhere"
GONE = "it is gone, or in a conversation that I am not in"  # Slack does not say which
AWAY = "Slack could not hand it over just now; ask again in a minute"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `content_type` is as the server said, in lower case and without parameters."""

    data: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Missed:
    """Nothing came; `reason` ends the sentence "I did not read NAME: …"."""

    reason: str
    is_passing: bool = False


def too_large(size_bytes: int, most_bytes: int) -> str:
    """The reason for a file that is too large."""
    return f"it has {size_words(size_bytes)}, and there is room for {size_words(most_bytes)}"


def file_origin(api_url: str) -> URL:
    """Where Slack keeps files; what is called in Slack's place keeps its own."""
    api = URL(api_url)
    host = api.host or ""
    for domain, files in FILE_HOSTS.items():
        if host == domain or host.endswith(f".{domain}"):
            return URL.build(scheme="https", host=files)
    return api.origin()


def may_see_token(url: URL, api_url: str) -> bool:
    """Whether an address is at the host of files, by scheme, host and port, and names no one to sign in as."""
    theirs = file_origin(api_url)
    at = (url.scheme, url.host, url.port)
    return url.user is None and url.password is None and at == (theirs.scheme, theirs.host, theirs.port)


async def download(client: AsyncWebClient, address: str, *, most_bytes: int) -> Fetched | Missed:
    """The file at an address, for the client's token. Never raises for what the network or Slack do."""
    try:
        url = URL(address)
        if not may_see_token(url, client.base_url):
            return Missed(ELSEWHERE)
        async with asyncio.timeout(DOWNLOAD_S):
            return await _patiently(client, url, most_bytes)
    except TimeoutError:
        return Missed(AWAY)
    except ValueError:  # no address at all
        return Missed(ELSEWHERE)


async def _patiently(client: AsyncWebClient, url: URL, most_bytes: int) -> Fetched | Missed:
    """A second try does no harm, and helps where a connection broke."""
    found: Fetched | Missed = Missed(AWAY)
    for number in range(TRIES):
        if number:
            await asyncio.sleep(PAUSE_S)
        try:
            found = await _follow(client, url, most_bytes)
        except (aiohttp.ClientError, OSError):
            found = Missed(AWAY, is_passing=True)
        if isinstance(found, Fetched) or not found.is_passing:
            break
    return found


async def _follow(client: AsyncWebClient, url: URL, most_bytes: int) -> Fetched | Missed:
    """The answer, over redirects within the host. One that leads away from it leads to the sign-in page."""
    headers = {"Authorization": f"Bearer {client.token}", "Accept-Encoding": "identity"}  # nothing that could swell
    proxy = None if is_direct(str(url)) else client.proxy
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=DOWNLOAD_S)) as session:
        for _ in range(HOPS):
            if not may_see_token(url, client.base_url):
                return Missed(NO_ACCESS)
            async with session.get(url, headers=headers, allow_redirects=False, proxy=proxy) as response:
                if response.status not in REDIRECTS:
                    return await _taken(response, most_bytes)
                url = response.url.join(URL(response.headers.get("Location", "")))
    return Missed(AWAY)


async def _taken(response: aiohttp.ClientResponse, most_bytes: int) -> Fetched | Missed:
    if response.status != 200:
        return _refused(response.status)
    if (response.content_length or 0) > most_bytes:
        return Missed(too_large(response.content_length or 0, most_bytes))
    data = bytearray()
    async for piece in response.content.iter_chunked(PIECE_BYTES):
        data += piece
        if len(data) > most_bytes:
            return Missed(too_large(len(data), most_bytes))
    return Fetched(bytes(data), response.headers.get("Content-Type", "").partition(";")[0].strip().lower())


def _refused(status: int) -> Missed:
    if status in GONE_STATUSES:
        return Missed(GONE)
    is_passing = status == 429 or status >= 500
    return Missed(AWAY if is_passing else NO_ACCESS, is_passing)
