"""What people type after /tokens, and what is understood."""

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget import typed
from budget.money import Face
from budget.transfers.typed import OpenForm
from budget.typed import ChannelRef, Company, Here, PersonRef, TeamRef
from handlers.commands.catalogue import CHANNEL_EXAMPLES, COMMANDS, PROMPT_EXAMPLES, TEAM_EXAMPLES
from handlers.commands.grammar import PARSERS, parse
from handlers.commands.parts import LONGEST_NAME, LONGEST_REASON, Misread
from handlers.slack.wire.markup import read

ADA, BOB = PersonRef("U1", "ada"), PersonRef("U2", "bob")
A, B = "<@U1|ada>", "<@U2|bob>"


def command(text: str) -> typed.Command | Misread:
    return parse(read(text), Face())


UNDERSTOOD: list[tuple[str, typed.Command]] = [
    ("", typed.Overview()),
    ("   ", typed.Overview()),
    ("balance", typed.ShowBalance()),
    ("BALANCE", typed.ShowBalance()),
    ("/tokens balance", typed.ShowBalance()),
    (f"balance {A}", typed.ShowBalance(ADA)),
    ("balance <@U1>", typed.ShowBalance(PersonRef("U1"))),
    ("balance Platform", typed.ShowBalance(TeamRef("Platform"))),
    ('balance "Data Platform"', typed.ShowBalance(TeamRef("Data Platform"))),
    ("balance “Data  Platform”", typed.ShowBalance(TeamRef("Data Platform"))),
    ("balance Company", typed.ShowBalance(Company())),
    ('balance "company"', typed.ShowBalance(TeamRef("company"))),
    ("history", typed.ShowHistory()),
    (f"history {B}", typed.ShowHistory(BOB)),
    ("models", typed.ShowModels()),
    ("model", typed.ShowModels()),
    ("model gpt-5-mini", typed.ChooseModel("gpt-5-mini")),
    ("model Default", typed.ChooseModel(None)),
    ("model big in channel", typed.ChooseChannelModel("big", Here())),
    ("model big IN Channel", typed.ChooseChannelModel("big", Here())),
    ("model big in <#C9|general>", typed.ChooseChannelModel("big", ChannelRef("C9", "general"))),
    ("model default in channel", typed.ChooseChannelModel(None, Here())),
    ('model "default" in <#C9>', typed.ChooseChannelModel(None, ChannelRef("C9"))),
    ("channel", typed.ShowChannel()),
    ("channel follow on", typed.FollowThreads(True)),
    ("channel FOLLOW Off", typed.FollowThreads(False)),
    ("prompt", typed.ShowPrompt()),
    ("prompt edit", typed.EditPrompt(channel=False)),
    ("prompt edit channel", typed.EditPrompt(channel=True)),
    ("prompt Clear", typed.ClearPrompt(channel=False)),
    ("prompt clear CHANNEL", typed.ClearPrompt(channel=True)),
    ("help", typed.ShowHelp()),
    ("help Grant", typed.ShowHelp("grant")),
    (f"grant {A} 250k", typed.Grant(ADA, 250_000)),
    (f"GRANT {A} $1.50 FOR on-call", typed.Grant(ADA, 1_500_000, "on-call")),
    (f"grant\u00a0{A}\u00a040,000\u200b for  a  week", typed.Grant(ADA, 40_000, "a week")),
    (f"grant {A} 1M for launch until 2026-12-31", typed.Grant(ADA, 1_000_000, "launch", date(2026, 12, 31))),
    (f"grant {A} 1M until 2026\u201112\u201131 for launch", typed.Grant(ADA, 1_000_000, "launch", date(2026, 12, 31))),
    (f"grant {A} 1M until 2026-12-31", typed.Grant(ADA, 1_000_000, None, date(2026, 12, 31))),
    (f'grant {A} 1M for "work until done"', typed.Grant(ADA, 1_000_000, "work until done")),
    (f"grant {A} 1M for {B}'s visit", typed.Grant(ADA, 1_000_000, "@bob 's visit")),
    (f"grant {A} 1M for R&amp;D &lt;3", typed.Grant(ADA, 1_000_000, "R&D <3")),
    (f"grant {A} 1M for see <https://a.example/x|the page>", typed.Grant(ADA, 1_000_000, "see the page")),
    (f"grant {A} 1M for the “big” push", typed.Grant(ADA, 1_000_000, 'the "big" push')),
    ("grant platform 2B", typed.Grant(TeamRef("platform"), 2_000_000_000)),
    ("move $5 from company to platform", typed.Move(5_000_000, Company(), TeamRef("platform"))),
    (f"move 5k FROM platform TO {A} for X", typed.Move(5_000, TeamRef("platform"), ADA, "X")),
    (f'move 5k from {A} to "Data Platform"', typed.Move(5_000, ADA, TeamRef("Data Platform"))),
    (f"move 5k from {A} to {B} for waiting until ready", typed.Move(5_000, ADA, BOB, "waiting until ready")),
    ("fund $500", typed.Fund(500_000_000)),
    ("grant", OpenForm("grant")),
    ("move", OpenForm("move")),
    ("fund 1.5M for the fourth quarter", typed.Fund(1_500_000, "the fourth quarter")),
    ("team", typed.ShowTeams()),
    ("team platform", typed.ShowTeam(TeamRef("platform"))),
    ('team "Data Platform"', typed.ShowTeam(TeamRef("Data Platform"))),
    ("team create platform", typed.CreateTeam("platform")),
    ("team CREATE „Data Platform“", typed.CreateTeam("Data Platform")),
    (f"team add platform {A} {B} {A}", typed.AddMembers(TeamRef("platform"), (ADA, BOB))),
    (f"team add platform {A}, {B}", typed.AddMembers(TeamRef("platform"), (ADA, BOB))),
    (f"team add platform {A}{B}", typed.AddMembers(TeamRef("platform"), (ADA, BOB))),
    (f"team remove platform {A}", typed.RemoveMembers(TeamRef("platform"), (ADA,))),
    (f"team manager platform {A}", typed.SetManager(TeamRef("platform"), ADA)),
    ("team channel platform <#C9|general>", typed.BindChannel(TeamRef("platform"), ChannelRef("C9", "general"))),
    ("team pool platform ON", typed.SetPool(TeamRef("platform"), True)),
    ("team pool platform off", typed.SetPool(TeamRef("platform"), False)),
]


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD, ids=[text for text, _ in UNDERSTOOD])
def test_understood(text: str, expected: typed.Command) -> None:
    assert command(text) == expected


MISREAD: list[tuple[str, str]] = [
    ("blance", "the nearest is `balance`"),
    ("grnat @ada 40k", "the nearest is `grant`"),
    ("sendd", "There is no command `sendd`; the nearest is `send`"),
    ("xyzzy", "There is no command `xyzzy`"),
    ("balance data platform", "in quotes"),
    ("balance @ada", "is not a person I can see"),
    ("balance <#C1|general>", "A channel has no balance"),
    ('balance "data', "never closed"),
    ('balance ""', "is empty"),
    ("history platform", "is not a person I can see"),
    (f"history {A} now", "all but `now`"),
    ("models now", "all but `now`"),
    ("model a b", "all but `b`"),
    ("model in channel", "First the name of the model"),
    ("model big in", "After `in` comes a channel"),
    ("model big in general", "`general` is not a channel I can see"),
    ("model big in #general", "is not a channel I can see"),
    (f"model big in {A}", "is not a channel I can see"),
    ('model big in "channel"', "is not a channel I can see"),
    ("model big in channel now", "all but `now`"),
    ("model big on channel", "all but `on channel`"),
    ("channel folow on", "the nearest is `channel follow`"),
    ("channel follow", "Say `on` or `off`"),
    ("channel follow maybe", "Say `on` or `off`"),
    ("channel follow on off", "Say `on` or `off`"),
    ("channel <#C1|general>", "There is no command `channel #general`"),
    ("prompt edti", "the nearest is `prompt edit`"),
    ("prompt Be kind to everybody.", "There is no command `prompt be`"),
    ("prompt edit <#C1|general>", "After that comes nothing"),
    ("prompt edit channel now", "After that comes nothing"),
    ("prompt clear company", "After that comes nothing"),
    ("help me", "There is no command `me`"),
    ("grant platform", "who gets it"),
    (f"grant {A}", "who gets it"),
    (f"grant 40k {A}", "First who gets it"),
    ("grant company 40k", "`fund`"),
    (f"grant {A} lots", "is not an amount"),
    (f"grant {A} -5", "is not an amount"),
    (f"grant {A} 0", "more than zero"),
    (f"grant {A} 0.5", "finer than"),
    (f"grant {A} 9999999B", "billion dollars"),
    (f"grant {A} $5k", "is not an amount"),
    (f"grant {A} 40 000", "all but `000`"),
    (f"grant {A} 40k tokens", "all but `tokens`"),
    (f"grant {A} 40k {B}", "all but `@bob`"),
    (f"grant {A} 40k for", "comes a reason"),
    (f'grant {A} 40k for "', "never closed"),
    (f'grant {A} 40k for "x', "never closed"),
    (f"grant {A} 40k for {'x' * (LONGEST_REASON + 1)}", "at most 200 characters"),
    (f"grant {A} 40k until", "comes a date"),
    (f"grant {A} 40k until tomorrow", "is not a date"),
    (f"grant {A} 40k until 2026-02-30", "is not a date"),
    (f"grant {A} 40k until 20261231", "is not a date"),
    (f"grant {A} 40k for work until done", "put the reason in quotes"),
    (f"grant {A} 40k until 2026-12-31 please", "all but `please`"),
    ("grant data platform 40k", "is not an amount"),
    ("move $5", "`from` whom"),
    ("move 5k to company from platform", "`from` whom"),
    ("move 5k from data platform to company", "`from` whom"),
    ("move x from platform to company", "is not an amount"),
    ("move 5k from platform to company until 2026-12-31", "Only a grant"),
    ("move 5k from platform to company for X until 2026-12-31", "Only a grant"),
    ("move 5k from @ada to company", "is not a person I can see"),
    ("move 5k from company to <#C1|general>", "A channel has no balance"),
    ("fund", "how much"),
    ("fund everything", "is not an amount"),
    ("fund 5k until 2026-12-31", "Only a grant"),
    ("team create", "what the team is called"),
    ("team create Data Platform", "in quotes"),
    ("team create company", "meaning of its own"),
    ("team create For", "meaning of its own"),
    ("team create 40k", "looks like"),
    ("team create $40", "looks like"),
    ("team create #x", "looks like"),
    ("team create @x", "looks like"),
    (f"team create {A}", "is not the name of a team"),
    ("team create ---", "at least one letter"),
    ("team create a`b", "plain punctuation"),
    ("team create a&lt;b", "plain punctuation"),
    (f"team create {'x' * (LONGEST_NAME + 1)}", "at most 60 characters"),
    ("team add platform", "which team, and who"),
    (f"team add {A} platform", "is not the name of a team"),
    (f"team add platform {' '.join(f'<@U{n}>' for n in range(31))}", "more than 30 people"),
    ("team add platform @ada", "is not a person I can see"),
    ("team add platform <!subteam^S1|@eng>", "is not a person I can see"),
    (f"team manager platform {A} {B}", "one manager at a time"),
    ("team channel platform general", "is not a channel I can see"),
    ("team pool platform maybe", "`on` or `off`"),
    (f"team ad platform {A}", "the nearest is `team add`"),
    ("team data platform", "in quotes"),
]


@pytest.mark.parametrize(("text", "part"), MISREAD, ids=[f"{text[:40]}: {part}" for text, part in MISREAD])
def test_misread(text: str, part: str) -> None:
    answer = command(text)
    assert isinstance(answer, Misread), answer
    assert part in answer.sentence
    assert answer.example, "every mistake is answered with an example"
    assert answer.sentence.endswith((".", "`."))


def with_mentions(example: str) -> str:
    marks = {"@ada": A, "@grace": "<@U3|grace>", "#platform": "<#C9|platform>", "@person": B,
             "@platform-team": "<!subteam^S9|@platform-team>"}  # fmt: skip
    return " ".join(marks.get(word, word) for word in example.split())


def test_what_no_database_takes_is_left_out() -> None:
    found = parse(read("fund $5 for a\0b\ud800c\udfff \N{GRINNING FACE}"), Face())
    assert isinstance(found, typed.Fund)
    assert found.reason == "abc \N{GRINNING FACE}"


def test_every_example_is_understood() -> None:
    examples = [entry.example for entry in COMMANDS] + [more for entry in COMMANDS for more in entry.more]
    for verbs in (TEAM_EXAMPLES, CHANNEL_EXAMPLES, PROMPT_EXAMPLES):
        examples += verbs.values()
    for example in examples:
        assert not isinstance(command(with_mentions(example)), Misread), example


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("grant Data Platform $5", 'grant "Data Platform" $5'),
        ("grant the data platform 40k for X", 'grant "the data platform" 40k'),
        (f"grant {A} lots", "grant @ada 250k for the on-call week"),
        (f"grant Data {A} $5", "grant @ada 250k for the on-call week"),
        ('grant Data "Platform" $5', "grant @ada 250k for the on-call week"),
        ("grant Data Platform", "grant @ada 250k for the on-call week"),
        (f"grant {A} 40k until tomorrow", "grant @ada 250k for the on-call week until 2026-12-31"),
        (f"grant {A} 40k until", "grant @ada 250k for the on-call week until 2026-12-31"),
    ],
)
def test_the_example_fits_the_mistake(text: str, example: str) -> None:
    answer = command(text)
    assert isinstance(answer, Misread)
    assert answer.example == example


def test_what_makes_sense_in_a_channel_only() -> None:
    needing = {text for text, expected in UNDERSTOOD if typed.needs_channel(expected)}
    assert needing == {
        "model big in channel", "model big IN Channel", "model default in channel", "channel", "channel follow on",
        "channel FOLLOW Off", "prompt edit channel", "prompt clear CHANNEL",
    }  # fmt: skip


def test_every_example_in_an_answer_is_understood() -> None:
    for text, _ in MISREAD:
        answer = command(text)
        assert isinstance(answer, Misread)
        assert not isinstance(command(with_mentions(answer.example)), Misread), (text, answer.example)


def test_catalogue_and_parsers_agree() -> None:
    assert {entry.name for entry in COMMANDS} == set(PARSERS)


@given(st.text(max_size=200))
def test_any_text_is_a_command_or_a_sentence(text: str) -> None:
    answer = command(text)
    assert not isinstance(answer, Misread) or (answer.sentence and "\n" not in answer.sentence)


TRICKY = st.lists(
    st.sampled_from(
        [A, B, "<#C1|x>", "grant", "move", "from", "to", "for", "until", "40k", "$5", "company", "team", "add", '"',
         "“", "platform", "2026-12-31", "<", ">", "<@", "&lt;", "\u200b", "\u00a0", "\U000f0000", "`", "create", "-1"]
    ),
    max_size=12,
)  # fmt: skip


@given(TRICKY)
def test_money_is_never_guessed(words: list[str]) -> None:
    answer = command(" ".join(words))
    if isinstance(answer, typed.Grant | typed.Move | typed.Fund):
        amounts = {"40k": 40_000, "$5": 5_000_000}
        assert answer.amount_micros in {amounts[word] for word in words if word in amounts}
    mentioned = {ref.id for ref in typed.people_in(answer)} if not isinstance(answer, Misread) else set()
    assert mentioned <= {"U1", "U2"}


@given(st.text(alphabet=string.printable, max_size=60))
def test_a_private_character_never_becomes_a_person(text: str) -> None:
    assert read(f"{text}\U000f0000") == read(text)


def test_hundred_thousand_characters_are_read_at_once() -> None:
    answer = command("grant " + f"{A} " * 9_000)
    assert isinstance(answer, Misread)
    assert len(answer.sentence) < 300


def test_a_mention_of_nobody_is_no_team_of_that_name() -> None:
    for broken in ("<@u1|platform>", "<@U1 |platform>", "<@|platform>"):
        told = parse(read(f"grant {broken} $5"), Face())
        assert isinstance(told, Misread)
        assert "`@platform` is not a person I can see" in told.sentence


def test_a_label_is_as_tidy_as_the_rest() -> None:
    asked = parse(read("grant platform $5 for <@U1|a\0d\u202ea\ud800>"), Face())
    assert isinstance(asked, typed.Grant)
    assert asked.reason == "@ada"
