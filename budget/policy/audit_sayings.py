"""What each kind of row of the audit is in words, by topic.

{who} did it, {to} is what it was done to. Of money that moved, {amount} went from or to {other}, and {old} → {new} are
the balances of {to}; of all else, {old} and {new} are what was noted.
"""

from collections.abc import Mapping

WENT = ": {old} → {new}"
MONEY: Mapping[str, str] = {
    "fund": "{who} put {amount} of new budget into {to}" + WENT,
    "grant": "{who} granted {to} {amount} from {other}" + WENT,
    "grant to self": "{who} granted themselves {amount} from {other}" + WENT,
    "move": "{who} moved {amount} from {other} to {to}" + WENT,
    "move to self": "{who} moved {amount} from {other} to themselves" + WENT,
    "starter grant": "{to} got the starter grant, {new}",
    "send": "{who} sent {to} {amount}" + WENT,
    "return": "{who} gave {amount} back to {to}" + WENT,
    "lend": "{who} lent {to} {amount} from {other}" + WENT,
    "return of a loan": "{to} gave {amount} of a loan back to {other}" + WENT,
    "undo grant": "{who} took back a grant: {amount} went from {to} to {other}" + WENT,
    "undo move": "{who} took back a move: {amount} went from {to} to {other}" + WENT,
    "undo send": "{who} took back what was sent: {amount} went from {to} to {other}" + WENT,
    "close": "{amount} that {to} had left went to {other}" + WENT,
    "stray": "{amount} that came to {to} after they had left went to {other}" + WENT,
    "set allowance": "{who} set an allowance, {new}; before: {old}",
    "stop allowance": "{who} stopped an allowance, {old}",
    "end allowance": "An allowance of {to} ended: {old}, {new}",
    "begin allowance": "An allowance is paid from {to}: {new}",
    "pay allowance": "An allowance was paid: {new}",
    "skip allowance": "An allowance was left out: {new}",
    "leave out of allowance": "The pool was too small for an allowance of all: {new}",
    "pay allowances": "{who} had allowances paid to those who were left out: {new}",
    "set package": "{who} agreed on a package with {to}: {new}",
    "end package": "The package of {to} ended ({old}): {new}",
    "vest": "{amount} of the package of {to} vested, from {other}" + WENT,
    "request": "{to} asked for {new}",
    "request approved": "{who} approved a request: {to} got {amount} from {other}" + WENT,
    "request lent": "{who} lent {to} {amount} upon a request" + WENT,
    "request refused": "{who} refused a request of {to}: {new}",
    "request withdrawn": "{who} took back a request of {to}, {new}",
    "request lapsed": "A request of {to} lapsed, {new}",
    "request reminded": "A request of {to} was reminded of, {new}",
    "fund project": "{who} put {amount} from {other} into {to}" + WENT,
    "close project": "{who} closed {to} ({old}): {new}",
}
POLICY: Mapping[str, str] = {
    "policy": "{who} set the policy ({old} before): {new}",
    "instructions": "{who} changed what the model is told in {to}, from {old} to {new}",
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
    "set manager": "{who} put {new} in charge of {to}",
    "bind channel": "{who} made {new} the channel of {to}; before: {old}",
    "set pool": "{who} switched the pool of {to} {new} for its members; before: {old}",
    "nest team": "{who} put {to} below another: {new}; before: {old}",
    "team group": "{who} changed which Slack user group {to} follows",
    "cost centre": "{who} set the cost centre of {to} to {new}; before: {old}",
    "import people": "{who} brought in a file of people: {new}",
    "roster": "By the roster, {to}: {new}; before: {old}",
    "admin": "Whether {to} is an admin by the settings: {new}; before: {old}",
    "model": "{who} chose {new} as the model of {to}; before: {old}",
    "channel model": "{who} chose {new} as the model in {to}; before: {old}",
    "follow threads": "{who} switched following threads in {to} {new}; before: {old}",
    "freeze": "{who} froze the tokens of {to}: {new}",
    "unfreeze": "{who} lifted the freeze of {to}; before: {old}",
    "guest": "{who} decided whether {to} takes part as a guest: {new}; before: {old}",
    "leave": "{to} left with {old}: {new}",
    "come back": "{to} came back; before: {old}",
    "last day": "{who} set the last day of {to} to {new}; before: {old}",
    "create project": "{who} created the project {new}",
    "bind project": "{who} changed where {to} pays, from {old} to {new}",
    "project owner": "{who} gave {to} to {new} to look after; before: {old}",
    "purge texts": "{who} deleted all texts that were kept",
}
SAYS: Mapping[str, str] = {**MONEY, **POLICY, **LOOKS, **RIGHTS}
TOPICS: Mapping[str, frozenset[str]] = {  # rights are all others
    "money": frozenset(MONEY),
    "policy": frozenset(POLICY),
    "looks": frozenset(LOOKS),
}
OF_THEIR_OWN: Mapping[str, str] = {"lend": "{who} lent {to} {amount}" + WENT}  # instead, where {other} is {who}
NOTHING: Mapping[str, str] = {  # what it means that nothing was noted
    "model": "the company's default",
    "channel model": "each asker's own",
    "nest team": "no team",
    "last day": "none",
}
OTHERWISE = "{who}: {action}, {to}" + WENT
ORIGINS: Mapping[str, str] = {
    "command": "by a command",
    "slack:command": "by a command",
    "slack:form": "in a form",
    "slack:button": "by a button",
    "slack:home": "on Home",
    "slack:event": "from Slack",
    "slack": "from Slack",
    "request": "on a request",
    "cli": "at the command line",
    "clock": "when it was due",
    "settings": "by the settings",
    "roster": "by the roster",
    "policy": "by the policy",
}
