"""People coming, leaving, frozen; guests; what Slack says of people and groups."""

from collections.abc import Mapping

from slack_bolt.async_app import AsyncApp

from budget.org import freezing, guests
from budget.org.typed import BindGroup, Freeze, Keep, LetGuest, Offboard, SyncGroups, Unfreeze
from budget.outcome import No
from budget.typed import AreaCommand
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import organising_events, organising_groups, organising_leaving
from handlers.slack.areas.call import ORIGIN, Answer, Call, Opener
from handlers.slack.desk import Desk
from handlers.slack.views import organising as view
from handlers.slack.views import organising_letters as organising_letters  # the views of letters register themselves
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.wire.late import Late


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:  # noqa: ARG001  # one shape for all areas
    """What Slack tells of people and groups, and the buttons below what leaving would do."""
    organising_leaving.register(app, desk)
    return (organising_events.register(app, desk),)


async def on_freeze(call: Call, command: Freeze) -> Reply:
    """`freeze @person [for REASON]`"""
    done = await freezing.freeze(call.desk.house, call.who.id, command.person, command.reason, origin=ORIGIN)
    return refused(done) if isinstance(done, No) else view.frozen(done, call.reader)


async def on_unfreeze(call: Call, command: Unfreeze) -> Reply:
    """`unfreeze @person`"""
    done = await freezing.unfreeze(call.desk.house, call.who.id, command.person, origin=ORIGIN)
    return refused(done) if isinstance(done, No) else view.unfrozen(done)


async def on_guest(call: Call, command: LetGuest) -> Reply:
    """`guest allow|refuse @person`: they are met whether or not they may have tokens."""
    met = await call.desk.identity.anyone(command.person.id)
    if isinstance(met, No):
        return refused(met)
    done = await guests.let_in(call.desk.house, call.who.id, command.person, command.allowed, origin=ORIGIN)
    return refused(done) if isinstance(done, No) else view.guest(done, call.reader)


ANSWERS: Mapping[type[AreaCommand], Answer] = {
    Freeze: on_freeze,
    Unfreeze: on_unfreeze,
    LetGuest: on_guest,
    Offboard: organising_leaving.on_offboard,
    Keep: organising_leaving.on_keep,
    BindGroup: organising_groups.on_bind,
    SyncGroups: organising_groups.on_sync,
}
OPENERS: Mapping[type[AreaCommand], Opener] = {}
