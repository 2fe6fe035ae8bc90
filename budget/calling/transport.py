"""HTTP for the model client, over aiohttp: the SDK's own connections cost twice the processor time at fifty at once.

A transport of httpx2 (its documented way to replace the wire); the rest of the SDK notices nothing. Errors become
httpx2's, as that library's own transport raises them.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
from yarl import URL

MOST_CONNECTIONS = 1_000
KEEPALIVE_S = 30.0


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """Keeps connections to one server open for reuse; its proxy comes from the environment (HTTPS_PROXY, NO_PROXY)."""

    def __init__(self, url: str) -> None:
        self._proxy = environment_proxy(url)  # once: aiohttp would ask a thread for it at every call
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request whose body is in memory; the answer's body is read while it comes."""
        timeouts = request.extensions.get("timeout", {})
        connect_s, read_s = timeouts.get("connect"), timeouts.get("read")
        wait = aiohttp.ClientTimeout(total=None, sock_connect=connect_s, connect=timeouts.get("pool"), sock_read=read_s)
        with _translated():
            answer = await self._open().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=request.content,
                allow_redirects=False,
                timeout=wait,
                proxy=self._proxy,
            )
        headers = [(name, value) for name, value in answer.raw_headers]
        return httpx2.Response(answer.status, headers=headers, stream=_Body(answer), request=request)

    async def aclose(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:  # made late: it belongs to the running event loop
            connector = aiohttp.TCPConnector(limit=MOST_CONNECTIONS, keepalive_timeout=KEEPALIVE_S)
            self._session = aiohttp.ClientSession(
                connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def environment_proxy(url: str) -> str | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY name for a URL, unless NO_PROXY exempts its host."""
    parts, proxies = urlsplit(url), getproxies()
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated():
            async for data in self._answer.content.iter_any():
                yield data

    async def aclose(self) -> None:
        self._answer.close()  # after the end of the body, the connection is back in the pool already


@contextmanager
def _translated() -> Iterator[None]:
    """aiohttp's errors as httpx2's: what was never sent must stay distinct from what may have been."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx2.ConnectTimeout(str(error)) from error
    except aiohttp.ServerTimeoutError as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except (aiohttp.ClientConnectorError, aiohttp.ClientConnectorCertificateError, ssl.SSLError) as error:
        raise httpx2.ConnectError(str(error)) from error
    except (aiohttp.InvalidURL, aiohttp.ClientHttpProxyError) as error:
        raise httpx2.UnsupportedProtocol(str(error)) from error
    except aiohttp.ClientPayloadError as error:
        raise httpx2.RemoteProtocolError(str(error)) from error
    except aiohttp.ClientError as error:
        raise httpx2.ReadError(str(error)) from error
