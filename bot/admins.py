"""Whoever is named as an admin and is none: said at the start too, since nobody else notices until money is needed."""

from collections.abc import Iterable

import structlog

from handlers.slack.desk import Desk
from handlers.slack.wire.inspect import look_at_admins

log = structlog.get_logger(__name__)


async def warn_of_admins(desk: Desk, admins: Iterable[str]) -> None:
    """Log a warning for each that Slack does not know as a person of the workspace. The doctor names them."""
    found = await look_at_admins(desk.client, desk.workspace_id, admins)
    for admin, why in found.items():
        if why:
            shown = "an e-mail address" if "@" in admin else admin  # of people, logs have ids alone
            log.warning("in STIPEND_ADMINS, and no admin; stipend doctor says which", admin=shown, why=why)
    if not any(why is None for why in found.values()):
        log.warning("nobody can fund the company: no admin is known", admins=len(found))
