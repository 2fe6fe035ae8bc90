"""`/api/{method}`: reads the arguments in whichever way they came, checks token, limits and faults, and answers."""

import asyncio
import json

from aiohttp import web

from sandbox.workspace.faults import Fault
from sandbox.workspace.methods.table import METHODS, Method
from sandbox.workspace.wire import JsonObject, SlackError
from sandbox.workspace.world import World

_MS = 1_000


async def handle(world: World, request: web.Request) -> web.StreamResponse:
    """One Web API call, written into the log of calls."""
    name = request.match_info["method"]
    began_at = world.state.clock()
    try:
        args, problem = await _arguments(request), None
    except SlackError as error:
        args, problem = {}, error
    token = _token(request, args)
    fault = world.faults.take(name)
    status, answer, headers = await _answer(world, name, token, args, fault, problem)
    _log(world, began_at, name, args, status, answer)
    if fault is not None and fault.kind in {"drop_before", "drop_after"}:
        return _cut(request)
    if fault is not None and fault.kind == "http_500":
        return web.Response(status=500, text="<html>Something went wrong</html>", content_type="text/html")
    return web.json_response(answer, status=status, headers=headers)


async def _answer(
    world: World, name: str, token: str, args: JsonObject, fault: Fault | None, problem: SlackError | None
) -> tuple[int, JsonObject, dict[str, str]]:
    headers = {"x-oauth-scopes": ",".join(world.state.app.scopes), "x-slack-req-id": world.state.new_id("R")}
    early = await _early(fault)
    if early is not None:
        status, answer = early
        return status, answer, headers | _retry_after(fault)
    method = METHODS.get(name)
    try:
        if problem is not None:
            raise problem
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        _authorise(world, method, token)
        wait_s = world.limits.refuse(name, method.tier, str(args.get("channel")), world.state.clock())
        if wait_s is not None:
            return 429, {"ok": False, "error": "ratelimited"}, headers | {"Retry-After": str(wait_s)}
        return 200, {"ok": True, **method.run(world, args)}, headers
    except SlackError as error:
        return 200, {"ok": False, "error": error.code, **error.extra}, headers


async def _early(fault: Fault | None) -> tuple[int, JsonObject] | None:
    """The answer of a fault that keeps the call from taking effect, after its delay; None when the call goes on."""
    if fault is None:
        return None
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay_s)
    codes = {"error": fault.error, "unknown_method": "unknown_method", "ratelimited": "ratelimited"}
    if fault.kind in codes:
        return (429 if fault.kind == "ratelimited" else 200), {"ok": False, "error": codes[fault.kind]}
    if fault.kind in {"http_500", "drop_before"}:
        return 500, {"ok": False, "error": fault.kind}
    return None


def _retry_after(fault: Fault | None) -> dict[str, str]:
    return {"Retry-After": str(fault.retry_after_s)} if fault is not None and fault.kind == "ratelimited" else {}


def _authorise(world: World, method: Method, token: str) -> None:
    state = world.state
    wanted = state.app_token if method.app_token else state.bot_token
    if not token:
        raise SlackError("not_authed")
    if token != wanted:
        raise SlackError("not_allowed_token_type" if token in {state.app_token, state.bot_token} else "invalid_auth")
    if method.scope and method.scope not in state.app.scopes:
        raise SlackError("missing_scope", needed=method.scope, provided=",".join(state.app.scopes))


async def _arguments(request: web.Request) -> JsonObject:
    """Query, then body: JSON, urlencoded or multipart. Raises SlackError invalid_json or invalid_form_data."""
    args: JsonObject = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        try:
            decoded = json.loads(body) if body else {}
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(decoded, dict):
            raise SlackError("json_not_object")
        return args | decoded
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = await request.post()
        return args | {k: v for k, v in form.items() if isinstance(v, str)}
    return args


def _token(request: web.Request, args: JsonObject) -> str:
    """The token from the header or the arguments, which it is taken out of."""
    argument = str(args.pop("token", "") or "")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else argument


def _log(world: World, began_at: float, name: str, args: JsonObject, status: int, answer: JsonObject) -> None:
    now = world.state.clock()
    entry = world.calls.add(
        {
            "at": began_at,
            "method": name,
            "args": args,
            "ok": answer["ok"],
            "error": answer.get("error"),
            "status": status,
            "ms": round((now - began_at) * _MS, 1),
        }
    )
    world.feed.to_all({"type": "call", "call": entry})


def _cut(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
