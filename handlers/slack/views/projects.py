"""Projects: the list, one of them, what was changed, and letters to those whom that concerns."""

from collections.abc import Mapping, Sequence
from typing import Any

from budget.balance import lasts_sentence
from budget.money import dollars, exact_dollars
from budget.projects.changing import Bound, Costed, Created, Done, Owned, Unbound
from budget.projects.closing import ClosedProject
from budget.projects.funding import Funded
from budget.projects.seen import Listed, Listing, ProjectSeen
from handlers.slack.letters import view
from handlers.slack.views import forms
from handlers.slack.views.forms import View, button, buttons, field, person_input, text_input
from handlers.slack.views.pieces import Block, Reader, Reply, bold, context, example, moved_amount, said
from handlers.slack.views.refusals import day_of
from handlers.slack.wire.safe import escape
from store.people import Person

NOT_THERE = "I am not in that channel, so nothing asked there would come to me: invite me with `/invite` first."
MOST_LISTED = 40
OPEN, FORM, TITLE = "form_project", "project_new", "New project"  # action id of the button; callback id of the form
NAME, OWNER, AMOUNT = "project_name", "project_owner", "project_amount"  # the form's fields


def listing(seen: Listing, reader: Reader) -> Reply:
    """`/tokens project`"""
    if not seen.projects:
        nothing = "There are no projects yet." if seen.all else "You look after no project."
        return said([nothing], _new(seen))
    head = "All projects:" if seen.all else "The projects that you look after:"
    more = len(seen.projects) - MOST_LISTED
    rest = [f"… and {more} more; `/tokens project NAME` shows each."] if more > 0 else []
    shown = [_line(each, reader, owner=seen.all) for each in seen.projects[:MOST_LISTED]]
    return said([f"*{head}*", *shown, *rest], _new(seen))


def _new(seen: Listing) -> list[Block]:
    """For those who may add one: the form, and the command."""
    if not seen.may_create:
        return []
    return [buttons([button(TITLE, OPEN)]), *_can(["project create NAME $50"])]


def form(slack_id: str) -> View:
    """What a project is made of; its maker looks after it unless they say who does."""
    return forms.form(
        TITLE, FORM,
        [
            field(NAME, "Name", text_input(most=60, placeholder="Apollo")),
            field(OWNER, "Who looks after it", person_input(slack_id), optional=True),
            field(
                AMOUNT, "To begin with", text_input(placeholder="$50"), optional=True,
                hint="From your team's pool; from the company's, if you are an admin.",
            ),
        ],
        submit="Create",
    )  # fmt: skip


def _line(each: Listed, reader: Reader, *, owner: bool) -> str:
    parts = [f"*{escape(each.project.name)}*"]
    if each.project.closed_at:
        parts.append(f"closed on {day_of(each.project.closed_at, reader)}")
    else:
        parts.append(f"{bold(each.balance.available_micros, reader.face)} left")
    return f"• {' · '.join([*parts, *([_owner(each.owner)] if owner else [])])}"


def _owner(owner: Person) -> str:
    """Who looks after it; that they have left is for an admin to see to."""
    return escape(owner.name) + (", who has left" if owner.left_at else "")


def project(seen: ProjectSeen, reader: Reader) -> Reply:
    """`/tokens project NAME`"""
    closed = seen.project.closed_at
    sentences = [f"*{escape(seen.project.name)}*, looked after by {_owner(seen.owner)}."]
    if closed:
        sentences.append(f"It was closed on {day_of(closed, reader)}, and pays for nothing more.")
    else:
        sentences += [_left(seen, reader), _paid_in(seen)]
    sentences.append(f"Answers took {dollars(seen.spent_micros)} of it so far.")
    if seen.cost_centre:
        sentences.append(f"Its cost centre is {escape(seen.cost_centre)}.")
    return said(sentences, _can([] if closed else _commands(seen)))


def _left(seen: ProjectSeen, reader: Reader) -> str:
    held = f", and {dollars(seen.balance.held_micros)} held for answers under way" if seen.balance.held_micros else ""
    words = f"Its pool has {bold(seen.balance.available_micros, reader.face)} available{held}."
    return f"{words} {escape(lasts_sentence(seen.lasts, reader.zone, reader.now))}" if _has(seen) else words


def _has(seen: ProjectSeen) -> bool:
    return seen.balance.available_micros > 0


def _paid_in(seen: ProjectSeen) -> str:
    if not seen.channels:
        return "It pays in no channel yet."
    return f"It pays for what is asked in {', '.join(f'<#{each}>' for each in seen.channels)}."


def _commands(seen: ProjectSeen) -> list[str]:
    name = f'"{seen.project.name}"' if " " in seen.project.name else seen.project.name
    found = [f"project fund {name} $20"] if seen.may_fund else []
    found += [f"project channel {name} #channel", f"project owner {name} @person"] if seen.may_set else []
    found += [f"project cost {name} CODE"] if seen.may_cost else []
    return found + ([f"project close {name}"] if seen.may_set else [])


def _can(commands: Sequence[str]) -> list[Block]:
    return [context("You can: " + " · ".join(map(example, commands)))] if commands else []


def done(what: Done, reader: Reader) -> Reply:
    """What was changed."""
    match what:
        case Created():
            return _created(what, reader)
        case Funded():
            return said([_funded(what, reader)])
        case Bound():
            return said([_bound(what)])
        case Unbound(project=of, channels=channels):
            where = ", ".join(f"<#{each}>" for each in channels)
            paid = f"pays no more in {where}: asks there are paid by their askers" if where else "did not pay there"
            return said([f"*{escape(of.name)}* {paid}."])
        case Owned(project=of, owner=owner, same=same):
            since = ", as before" if same else " from now on"
            return said([f"{escape(owner.name)} looks after *{escape(of.name)}*{since}."])
        case Costed(project=of, code=code):
            now = f"is booked on {escape(code)}" if code else "has no cost centre of its own"
            return said([f"*{escape(of.name)}* {now} from today on; days gone by stay as they were."])
        case ClosedProject():
            return said(_closed(what, reader))


def _created(made: Created, reader: Reader) -> Reply:
    name = escape(made.project.name)
    sentences = [f"The project *{name}* is there, looked after by {escape(made.owner.name)}."]
    sentences.append(_funded(made.funded, reader) if made.funded else "Its pool is empty so far.")
    typed = f'"{made.project.name}"' if " " in made.project.name else made.project.name
    return said([*sentences, f"Next, a channel that it pays for: {example(f'project channel {typed} #channel')}."])


def _funded(what: Funded, reader: Reader) -> str:
    into = f"{moved_amount(what.amount_micros, reader.face)} went from {escape(what.source.name)}"
    left = f"it has {bold(what.balance.available_micros, reader.face)} available now"
    return f"{into} into *{escape(what.project.name)}*: {left}."


def _bound(what: Bound) -> str:
    name, where = f"*{escape(what.project.name)}*", f"<#{what.channel_id}>"
    if what.same:
        return f"{name} pays for what is asked in {where}, as before."
    instead = f" instead of *{escape(what.before.name)}*" if what.before else ""
    empty = "When its pool is empty, askers pay themselves, and that is said."
    return f"From now on {name} pays for what is asked in {where}{instead}. {empty}"


def _closed(what: ClosedProject, reader: Reader) -> list[str]:
    name = f"*{escape(what.project.name)}*"
    sentences = [
        f"{name} is closed, and pays for nothing more.",
        _back([(each.name, each.amount_micros) for each in what.back], reader),
    ]
    if what.channels:
        where = ", ".join(f"<#{each}>" for each in what.channels)
        sentences.append(f"What is asked in {where} is paid by its askers again.")
    return [*sentences, *_held(what.held_micros)]


def _back(back: Sequence[tuple[str, int]], reader: Reader) -> str:
    if not back:
        return "Nothing was left in its pool."
    each = [f"{moved_amount(micros, reader.face)} to {escape(name)}" for name, micros in back]
    return f"What was left went back: {' and '.join(each)}."


def _held(held_micros: int) -> list[str]:
    if not held_micros:
        return []
    return [
        f"Answers under way still hold {exact_dollars(held_micros)}: what they leave of it goes back when they end."
    ]


@view("project")
def letter(told: Mapping[str, Any], reader: Reader) -> Reply:
    """What somebody reads of a project that somebody else changed."""
    by, name = escape(told["by"]), f"*{escape(told['project'])}*"
    why = f" for {escape(told['reason'])}" if told.get("reason") else ""
    match told["event"]:
        case "created":
            of = f", with {moved_amount(told['amount'], reader.face)} in its pool" if told["amount"] else ""
            return said([f"{by} made you the owner of a new project, {name}{of}.", _look(told)])
        case "funded":
            amount, left = moved_amount(told["amount"], reader.face), bold(told["left"], reader.face)
            return said(
                [f"{by} put {amount} from {escape(told['source'])} into {name}{why}.", f"It has {left} available."]
            )
        case "took":
            amount, left = moved_amount(told["amount"], reader.face), bold(told["left"], reader.face)
            source = escape(told["source"])
            return said(
                [f"{by} put {amount} from {source} into the project {name}{why}.", f"{_start(source)} has {left}."]
            )
        case "bound":
            return said([f"{by} has *{escape(told['other'])}* pay in <#{told['channel']}> instead of {name}."])
        case "owner":
            return said([f"{by} has {escape(told['owner'])} look after the project {name} from now on.", _look(told)])
        case _:
            back = _back([(each[0], each[1]) for each in told["back"]], reader)
            return said([f"{by} closed the project {name}.", back, *_held(told["held"])])


def _look(told: Mapping[str, Any]) -> str:
    name = f'"{told["project"]}"' if " " in told["project"] else told["project"]
    return f"Its owner sees what it has: {example(f'project {name}')}."


def _start(name: str) -> str:
    return name[:1].upper() + name[1:]
