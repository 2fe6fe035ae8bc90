"""users.*, usergroups.*, bots.info, team.info, auth.test, apps.connections.open."""

from sandbox.workspace import shapes
from sandbox.workspace.methods.paging import page
from sandbox.workspace.wire import JsonObject, SlackError, flag, need_text
from sandbox.workspace.world import World


def auth_test(world: World, _args: JsonObject) -> JsonObject:
    """auth.test, for the bot token."""
    state = world.state
    return {
        "url": f"{world.state.base_url}/", "team": state.name, "user": state.users[state.app.user_id].name,
        "team_id": state.team_id, "user_id": state.app.user_id, "bot_id": state.app.bot_id,
        "is_enterprise_install": False,
    }  # fmt: skip


def connections_open(world: World, _args: JsonObject) -> JsonObject:
    """apps.connections.open, for the app token."""
    return {"url": f"ws{world.state.base_url.removeprefix('http')}/link/{world.hub.new_ticket()}"}


def user_info(world: World, args: JsonObject) -> JsonObject:
    """users.info."""
    return {"user": shapes.user_object(world.state, world.state.user(need_text(args, "user")))}


def user_list(world: World, args: JsonObject) -> JsonObject:
    """users.list, by cursor."""
    some, more = page(list(world.state.users.values()), args)
    members = [shapes.user_object(world.state, u) for u in some]
    return {"members": members, "cache_ts": int(world.state.clock()), **more}


def user_by_email(world: World, args: JsonObject) -> JsonObject:
    """users.lookupByEmail: people of this workspace who have not left."""
    email = need_text(args, "email").lower()
    for user in world.state.users.values():
        if user.email.lower() == email and not user.deleted and user.team_id == world.state.team_id:
            return {"user": shapes.user_object(world.state, user)}
    raise SlackError("users_not_found")


def group_list(world: World, args: JsonObject) -> JsonObject:
    """usergroups.list."""
    with_users = flag(args, "include_users")
    groups = []
    for g in world.state.groups.values():
        shape: JsonObject = {
            "id": g.id, "team_id": world.state.team_id, "is_usergroup": True, "name": g.name, "handle": g.handle,
            "description": "", "user_count": len(g.members), "date_delete": 0,
        }  # fmt: skip
        groups.append(shape | ({"users": list(g.members)} if with_users else {}))
    return {"usergroups": groups}


def group_users(world: World, args: JsonObject) -> JsonObject:
    """usergroups.users.list."""
    group = world.state.groups.get(need_text(args, "usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def bot_info(world: World, args: JsonObject) -> JsonObject:
    """bots.info."""
    if args.get("bot") not in {None, world.state.app.bot_id}:
        raise SlackError("bot_not_found")
    return {"bot": shapes.bot_profile(world.state)}


def team_info(world: World, _args: JsonObject) -> JsonObject:
    """team.info."""
    state = world.state
    return {"team": {"id": state.team_id, "name": state.name, "domain": state.domain, "icon": {"image_default": True}}}


def api_test(_world: World, args: JsonObject) -> JsonObject:
    """api.test: gives back what it got; `error` makes it fail."""
    if args.get("error"):
        raise SlackError(str(args["error"]), args=args)
    return {"args": args}
