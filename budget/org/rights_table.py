"""The table of rights: which role may do what to whom. Commands, forms, buttons, Home and jobs all ask it."""

from collections.abc import Mapping
from enum import Enum


class Role(Enum):
    """What someone is in the company; the highest that applies."""

    MEMBER = "member"
    MANAGER = "manager"
    ADMIN = "admin"


class Action(Enum):
    """What a right is needed for. Help, models, one's own choice of model, and what is set for a channel need none."""

    BALANCE = "balance"
    HISTORY = "history"
    SEE_TEAM = "see team"
    GRANT = "grant"
    MOVE = "move"
    FUND = "fund"
    CREATE_TEAM = "create team"
    ADD_MEMBER = "add member"
    REMOVE_MEMBER = "remove member"
    SET_MANAGER = "set manager"
    BIND_CHANNEL = "bind channel"
    SET_POOL = "set pool"
    SET_CHANNEL_MODEL = "set channel model"
    FOLLOW_THREADS = "follow threads"
    SET_INSTRUCTIONS = "set instructions"
    SEND = "send"
    RETURN = "return"
    LEND = "lend"
    UNDO = "undo"
    REQUEST = "request"
    DECIDE_REQUEST = "decide request"
    SYNC_TEAM = "sync team"
    NEST_TEAM = "nest team"
    SET_COST_CENTRE = "set cost centre"
    IMPORT_PEOPLE = "import people"
    ALLOW_GUEST = "allow guest"
    FREEZE = "freeze"
    OFFBOARD = "offboard"
    SEE_ALLOWANCE = "see allowance"
    SET_ALLOWANCE = "set allowance"
    SEE_PACKAGE = "see package"
    SET_PACKAGE = "set package"
    SEE_STATEMENT = "see statement"
    SEE_STATE = "see state"
    SEE_POLICY = "see policy"
    SET_POLICY = "set policy"
    SEE_AUDIT = "see audit"
    SEE_PROJECT = "see project"
    CREATE_PROJECT = "create project"
    SET_PROJECT = "set project"
    FUND_PROJECT = "fund project"


class Relation(Enum):
    """What the target of an action is to the one who acts. INSIDE to ACROSS are of a move: of both its ends."""

    SELF = "self"
    REPORT = "someone of a team they manage"
    COLLEAGUE = "someone of a team they are in"
    OTHER = "anyone else"
    MANAGED_TEAM = "a team they manage"
    LOWER_TEAM = "a team below one they manage"
    OWN_TEAM = "a team they are in"
    OTHER_TEAM = "any other team"
    COMPANY = "the company"
    INSIDE = "both ends in one team they manage"
    TO_OWN_WALLET = "into their own wallet"
    ACROSS = "any other two ends"
    OWN_PROJECT = "a project that they look after"
    OTHER_PROJECT = "any other project"


EVERY = frozenset(Relation)
NONE: frozenset[Relation] = frozenset()
MANAGED = frozenset({Relation.MANAGED_TEAM, Relation.LOWER_TEAM})
TEAMS_SEEN = MANAGED | {Relation.OWN_TEAM}
PEOPLE = frozenset({Relation.REPORT, Relation.COLLEAGUE, Relation.OTHER})  # everybody but oneself
OF_ADMINS: Mapping[Role, frozenset[Relation]] = {Role.MEMBER: NONE, Role.MANAGER: NONE, Role.ADMIN: EVERY}
OF_ALL: Mapping[Role, frozenset[Relation]] = {role: frozenset({Relation.COMPANY}) for role in Role}
OWN = frozenset({Relation.SELF})
PROJECT = frozenset({Relation.OWN_PROJECT})

ALLOWED: Mapping[Action, Mapping[Role, frozenset[Relation]]] = {
    Action.BALANCE: {
        Role.MEMBER: frozenset({Relation.SELF, Relation.OWN_TEAM}),
        Role.MANAGER: TEAMS_SEEN | {Relation.SELF, Relation.REPORT},
        Role.ADMIN: EVERY,
    },
    Action.HISTORY: {
        Role.MEMBER: frozenset({Relation.SELF}),
        Role.MANAGER: frozenset({Relation.SELF}),
        Role.ADMIN: EVERY,
    },
    Action.SEE_TEAM: {
        Role.MEMBER: frozenset({Relation.OWN_TEAM}),
        Role.MANAGER: TEAMS_SEEN,
        Role.ADMIN: EVERY,
    },
    Action.GRANT: {
        Role.MEMBER: NONE,
        Role.MANAGER: frozenset({Relation.REPORT, Relation.LOWER_TEAM}),
        Role.ADMIN: EVERY,
    },
    Action.MOVE: {Role.MEMBER: NONE, Role.MANAGER: frozenset({Relation.INSIDE}), Role.ADMIN: EVERY},
    Action.FUND: {Role.MEMBER: NONE, Role.MANAGER: NONE, Role.ADMIN: EVERY},
    Action.CREATE_TEAM: {Role.MEMBER: NONE, Role.MANAGER: NONE, Role.ADMIN: EVERY},
    # Who is in a team decides whose wallet its manager may move: not for the manager to decide.
    Action.ADD_MEMBER: {Role.MEMBER: NONE, Role.MANAGER: NONE, Role.ADMIN: EVERY},
    Action.REMOVE_MEMBER: {Role.MEMBER: NONE, Role.MANAGER: NONE, Role.ADMIN: EVERY},
    Action.SET_MANAGER: {Role.MEMBER: NONE, Role.MANAGER: NONE, Role.ADMIN: EVERY},
    Action.BIND_CHANNEL: {Role.MEMBER: NONE, Role.MANAGER: NONE, Role.ADMIN: EVERY},
    Action.SET_POOL: {Role.MEMBER: NONE, Role.MANAGER: MANAGED, Role.ADMIN: EVERY},
    # A channel is to people what its team is to them; without a team it is the company's.
    Action.SET_CHANNEL_MODEL: {Role.MEMBER: NONE, Role.MANAGER: MANAGED, Role.ADMIN: EVERY},
    Action.FOLLOW_THREADS: {Role.MEMBER: NONE, Role.MANAGER: MANAGED, Role.ADMIN: EVERY},
    # What a model is told, everybody who asks it has to live with.
    Action.SET_INSTRUCTIONS: OF_ADMINS,
    # Whether it may be done at all; how much, and to whom, the policy says.
    Action.SEND: dict.fromkeys(Role, PEOPLE),
    # From one's own wallet to where tokens come from.
    Action.RETURN: {role: TEAMS_SEEN | {Relation.COMPANY, Relation.REPORT} for role in Role},
    # Of one's own to others; of a pool, to those that one may grant to.
    Action.LEND: {
        Role.MEMBER: PEOPLE,
        Role.MANAGER: PEOPLE | {Relation.LOWER_TEAM},
        Role.ADMIN: EVERY - {Relation.SELF},
    },
    # What one has done oneself; nobody takes back what another has done.
    Action.UNDO: dict.fromkeys(Role, OWN),
    Action.REQUEST: dict.fromkeys(Role, OWN),
    # Nobody decides on their own request, an admin neither.
    Action.DECIDE_REQUEST: {
        Role.MEMBER: NONE,
        Role.MANAGER: frozenset({Relation.REPORT}),
        Role.ADMIN: PEOPLE,
    },
    Action.SYNC_TEAM: OF_ADMINS,
    Action.NEST_TEAM: OF_ADMINS,
    Action.SET_COST_CENTRE: OF_ADMINS,
    Action.IMPORT_PEOPLE: OF_ADMINS,
    Action.ALLOW_GUEST: OF_ADMINS,
    Action.FREEZE: OF_ADMINS,
    Action.OFFBOARD: OF_ADMINS,
    Action.SEE_ALLOWANCE: {
        Role.MEMBER: frozenset({Relation.SELF, Relation.OWN_TEAM, Relation.COMPANY}),
        Role.MANAGER: TEAMS_SEEN | {Relation.SELF, Relation.REPORT, Relation.COMPANY},
        Role.ADMIN: EVERY,
    },
    Action.SET_ALLOWANCE: OF_ADMINS,
    # Compensation is between a person and the company: not for their manager.
    Action.SEE_PACKAGE: {Role.MEMBER: OWN, Role.MANAGER: OWN, Role.ADMIN: EVERY},
    Action.SET_PACKAGE: OF_ADMINS,
    Action.SEE_STATEMENT: {Role.MEMBER: OWN, Role.MANAGER: OWN, Role.ADMIN: EVERY},
    # Whether somebody is frozen, has left, has a request waiting.
    Action.SEE_STATE: {
        Role.MEMBER: OWN,
        Role.MANAGER: OWN | {Relation.REPORT},
        Role.ADMIN: EVERY,
    },
    Action.SEE_POLICY: {**OF_ALL, Role.ADMIN: EVERY},
    Action.SET_POLICY: OF_ADMINS,
    # Oneself: who looked at one's own account.
    Action.SEE_AUDIT: {Role.MEMBER: OWN, Role.MANAGER: OWN, Role.ADMIN: EVERY},
    Action.SEE_PROJECT: {Role.MEMBER: PROJECT, Role.MANAGER: PROJECT, Role.ADMIN: EVERY},
    Action.CREATE_PROJECT: {Role.MEMBER: NONE, Role.MANAGER: frozenset({Relation.COMPANY}), Role.ADMIN: EVERY},
    Action.SET_PROJECT: {Role.MEMBER: PROJECT, Role.MANAGER: PROJECT, Role.ADMIN: EVERY},
    # A manager from their team's pool into a project that they look after; an admin from the company's into any.
    Action.FUND_PROJECT: {Role.MEMBER: NONE, Role.MANAGER: PROJECT, Role.ADMIN: EVERY},
}


def allows(role: Role, action: Action, relation: Relation) -> bool:
    """What the table says."""
    return relation in ALLOWED[action][role]
