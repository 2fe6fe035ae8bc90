"""The demo workspace "Acme": a few people, three channels, and the app."""

from sandbox.workspace.seeds import AppSpec, Command, Group, ModelNote, Person, Prompt, Room, Seed, Shortcut

ADA, ALAN, GRACE, FRANCES, STRANGER = "U0ADA", "U0ALAN", "U0GRACE", "U0FRANCES", "U0VISITOR"
GENERAL, PLATFORM, RANDOM = "C0GENERAL", "C0PLATFORM", "C0RANDOM"
STAFF = (ADA, ALAN, GRACE, FRANCES)
FOREIGN_TEAM = "T0GLOBEX"

PEOPLE = (
    Person(ADA, "ada", "Ada Lovelace", "member", "Engineer, Platform", "ada@acme.example"),
    Person(ALAN, "alan", "Alan Turing", "member", "Engineer, Platform", "alan@acme.example"),
    Person(GRACE, "grace", "Grace Hopper", "manager", "Manager, Platform", "grace@acme.example", "America/New_York"),
    Person(FRANCES, "frances", "Frances Allen", "admin", "Finance", "frances@acme.example", "America/New_York"),
    Person(STRANGER, "visitor", "Hedy Lamarr", "guest", "Consultant at Globex", "", "Europe/Vienna", FOREIGN_TEAM),
)
ROOMS = (
    Room(GENERAL, "general", "Company-wide news and questions", STAFF),
    Room(PLATFORM, "platform", "Builds, deploys and what keeps us up at night", (ADA, ALAN, GRACE, STRANGER)),
    Room(RANDOM, "random", "Everything else", STAFF),
)
HINT = (  # as in manifest.yml
    "[ask QUESTION | balance | statement | request AMOUNT | send @person AMOUNT | lend | return | undo | "
    "history | allowance | package | project | models | model NAME | channel | prompt | policy | audit me"
    " | grant @person AMOUNT | move AMOUNT from SOURCE to TARGET | team | help]"
)
APP = AppSpec(
    "Stipend",
    "Answers your questions on the company's model and keeps the books on every token.",
    (Command("/tokens", "Your tokens, and grants for managers", HINT),),
    (
        Prompt("Undo a commit", "How do I undo the last commit but keep my changes?"),
        Prompt("Explain an error", "What does 'connection refused' mean, and where do I look first?"),
        Prompt("Write a test", "Write a pytest test for a function that splits a bill in cents."),
    ),
    "What can I help you with?",
    (Shortcut("Ask about this", "ask_about", "Asks Stipend about this message"),),
)


def demo_seed(model: ModelNote | None = None) -> Seed:
    """The workspace as the demo starts it; `model` says what stands behind the app."""
    group = Group("S0PLATFORM", "platform-team", "Platform team", (ADA, ALAN, GRACE))
    return Seed("Acme", APP, PEOPLE, ROOMS, (group,), model or ModelNote())
