"""Rows of the audit as sentences: who did what to whom, old and new, in names and money. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from budget.money import Face, exact_dollars, show
from store.audit import Entry

# By action. {who} did it; {to} is what it was done to; {amount} and {other} are of money that moved, {old} and {new}
# are balances then, and else what was noted.
MONEY: Mapping[str, str] = {
    "fund": "{who} put {amount} of new budget into {to}, which had {old} and has {new}",
    "grant": "{who} granted {to} {amount} from {other}; it was {old} and is {new}",
    "grant to self": "{who} granted themselves {amount} from {other}; it was {old} and is {new}",
    "move": "{who} moved {amount} from {other} to {to}; it was {old} and is {new}",
    "move to self": "{who} moved {amount} from {other} to themselves; it was {old} and is {new}",
    "starter grant": "{to} got the starter grant, {new}",
    "send": "{who} sent {to} {amount}; it was {old} and is {new}",
    "return": "{who} returned {amount} to {to}; it was {old} and is {new}",
    "lend": "{who} lent {to} {amount} of what {other} has; it was {old} and is {new}",
    "return of a loan": "{to} gave back {amount} of a loan to {other}; it was {old} and is {new}",
    "undo": "{who} took {amount} back; {to} had {old} and has {new}",
    "vest": "{amount} of the package of {to} vested; it was {old} and is {new}",
    "allowance": "{to} got an allowance of {amount} from {other}; it was {old} and is {new}",
    "close wallet": "What {to} had left went back: {amount} to {other}; it was {old} and is {new}",
    "request": "{to} asked for {new}",
    "request approved": "{who} approved a request: {to} got {amount} from {other}; it was {old} and is {new}",
    "request lent": "{who} lent {to} {amount} upon a request; it was {old} and is {new}",
    "request refused": "{who} refused a request of {to}: {new}",
    "request withdrawn": "{who} took back a request of {to}: {new}",
    "request lapsed": "A request of {to} lapsed: {new}",
    "request reminded": "A request of {to} was reminded of: {new}",
}
POLICY: Mapping[str, str] = {
    "policy": "{who} set the policy ({old} before): {new}",
    "instructions": "{who} changed what the model is told ({to}), from {old} to {new}",
}
LOOKS: Mapping[str, str] = {
    "look": "{who} looked at the {new} of {to}",
    "read texts": "{who} read a question and its answer, because: {new}",
    "list asks": "{who} listed the questions of {to}, without their texts, because: {new}",
}
RIGHTS: Mapping[str, str] = {
    "create team": "{who} created the team {new}",
    "add member": "{who} put {new} into {to}",
    "remove member": "{who} took {old} out of {to}",
    "set manager": "{who} made {new} of {to}",
    "bind channel": "{who} made {new} the channel of {to}; it was {old}",
    "set pool": "{who} switched the pool of {to} {new} for members; it was {old}",
    "admin": "{to} is an admin by the settings: {new}; before: {old}",
    "model": "{who} chose {new} to answer {to}; before: {old}",
    "channel model": "{who} chose {new} to answer in {to}; before: {old}",
    "follow threads": "{who} switched following threads in {to} {new}; it was {old}",
    "freeze": "{who} froze {to}: {new}",
    "unfreeze": "{who} let {to} ask again; before: {old}",
    "guest": "{who} changed whether {to} takes part as a guest, from {old} to {new}",
    "leave": "{to} left, with {old}: {new}",
    "come back": "{to} came back; before: {old}",
    "last day": "{who} set the last day of {to} to {new}; before: {old}",
    "cost centre": "{who} set the cost centre of {to} to {new}; before: {old}",
    "roster": "The roster on {to}: {new}; before: {old}",
    "set package": "{who} agreed on a package with {to}: {new}; before: {old}",
    "end package": "{who} ended the package of {to} ({old}): {new}",
    "end allowance": "{who} ended an allowance of {to}: {old}",
    "team group": "{who} bound {to} to the user group {new}; before: {old}",
    "purge texts": "{who} deleted all kept texts",
}
SAYS: Mapping[str, str] = {**MONEY, **POLICY, **LOOKS, **RIGHTS}
TOPICS: Mapping[str, frozenset[str]] = {
    "money": frozenset(MONEY), "policy": frozenset(POLICY), "looks": frozenset(LOOKS),
}  # fmt: skip  # rights are all others
OTHERWISE = "{who}: {action}, {to}; it was {old} and is {new}"
ORIGINS: Mapping[str, str] = {
    "command": "by a command",
    "slack:command": "by a command",
    "slack:form": "in a form",
    "slack:button": "by a button",
    "slack:home": "on Home",
    "slack:event": "from Slack",
    "slack": "from Slack",
    "cli": "at the command line",
    "clock": "when it was due",
    "settings": "by the settings",
    "roster": "by the roster",
    "policy": "by the policy",
}

MOVED = re.compile(r"(?P<new>-?\d+) micros \((?P<amount>\d+) (?P<way>from|to) (?P<other>[^\s,)]+)(?P<more>[^)]*)\)")
MICROS = re.compile(r"(-?\d+) micros")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)")
NOISE = re.compile(r" ?\[request [^\]]+\]|(?<=package) [0-9a-z]{12,}|\b[0-9a-z]{16,}: ")
LONGEST = 300  # characters of what was noted


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: of people, teams, projects; the ids of a workspace's own accounts begin with its id."""

    workspace_id: str
    people: Mapping[str, str]
    teams: Mapping[str, str]
    projects: Mapping[str, str]
    face: Face
    zone: ZoneInfo

    def of(self, text: str) -> str:
        """A text with every id in it as its name."""
        text = re.sub(rf"(?:person:)?{re.escape(self.workspace_id)}:([A-Z0-9]+)\b", self._person, text)
        text = re.sub(r"\bteam:([0-9A-Za-z]+)", lambda m: f"the {self.teams.get(m[1], 'former')} team", text)
        text = re.sub(r"\bproject:([0-9A-Za-z]+)", lambda m: f"the {self.projects.get(m[1], 'former')} project", text)
        for kind, words in WORKSPACE_WORDS.items():
            text = text.replace(f"{kind}:{self.workspace_id}", words)
        return re.sub(r"\b(channel:)?([CG](?=[A-Z]*\d)[A-Z0-9]{2,63})\b", r"#\2", text)

    def _person(self, found: re.Match[str]) -> str:
        return self.people.get(f"{self.workspace_id}:{found[1]}", "somebody")


WORKSPACE_WORDS = {
    "company": "the company pool", "issued": "new budget", "consumed": "what answers took", "expired": "what expired",
    "workspace": "the whole company", "roster": "the roster",
}  # fmt: skip


def ids_in(entries: Iterable[Entry], workspace_id: str) -> tuple[set[str], set[str], set[str]]:
    """The ids of people, teams and projects that rows name."""
    text = " ".join(part for e in entries for part in (e.actor_id, e.target, e.old, e.new) if part)
    people = {
        f"{workspace_id}:{slack_id}" for slack_id in re.findall(rf"{re.escape(workspace_id)}:([A-Z0-9]+)\b", text)
    }
    return people, set(re.findall(r"\bteam:([0-9A-Za-z]+)", text)), set(re.findall(r"\bproject:([0-9A-Za-z]+)", text))


def sentence(entry: Entry, who: str, names: Names) -> str:
    """One row, as a sentence."""
    moved = MOVED.search(entry.new or "")
    parts = {
        "who": who[:1].upper() + who[1:],
        "action": entry.action,
        "to": names.of(entry.target),
        "old": plain(entry.old, names),
        "new": plain(moved["new"] + " micros", names) if moved else plain(entry.new, names),
        "amount": show(int(moved["amount"]), names.face) if moved else "an amount",
        "other": names.of(moved["other"].replace("issued:", "issued")) if moved else "there",
    }
    words = SAYS.get(entry.action, OTHERWISE).format(**parts)
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def plain(text: str | None, names: Names) -> str:
    """What was noted: amounts as money, ids as names, moments as days; `nothing` where nothing was."""
    if not text or not text.strip():
        return "nothing"
    text = MICROS.sub(lambda found: exact_dollars(int(found[1])), NOISE.sub("", text))
    text = STAMP.sub(lambda found: _moment(found[0], names.zone), names.of(text))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _moment(stamp: str, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(stamp).astimezone(zone)
    return f"{at.day} {at:%b %Y}, {at:%H:%M}"


def origin(entry: Entry) -> str:
    """The edge that it came through, in words."""
    return ORIGINS.get(entry.origin, f"by {entry.origin}")
