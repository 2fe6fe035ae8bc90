"""Settings from the environment: what is taken, and that everything wrong is told at once and without its value."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.settings import NEVER, Settings, load

OURS = ("SLACK_", "STIPEND_", "OPENAI_", "DATABASE_URL")
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1-secret", "SLACK_APP_TOKEN": "xapp-1-secret"}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)


def loaded(monkeypatch: pytest.MonkeyPatch, needs_slack: bool = False, /, **environ: str) -> Settings | list[str]:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return load(needs_slack=needs_slack)


def test_nothing_needs_to_be_set_but_the_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, True, **TOKENS)
    assert isinstance(settings, Settings)
    assert settings.database_url.get_secret_value() == "sqlite:///stipend.db"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.face.usd_per_million == Decimal(1)
    assert settings.starter_grant_micros() == 0
    assert settings.confirm_above_micros() == 1_000_000
    assert settings.zone == ZoneInfo("UTC")
    assert "-1-secret" not in repr(settings)


def test_what_is_set_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(
        monkeypatch, STIPEND_ADMINS=" U1; Ada@Acme.example ,,U2", STIPEND_STARTER_GRANT="$5",
        STIPEND_TOKEN_USD_PER_MILLION="2", SLACK_API_URL="http://127.0.0.1:1/api", STIPEND_TIMEZONE="Europe/Berlin",
        STIPEND_MODEL="", STIPEND_CONFIRM_ABOVE="250k",
    )  # fmt: skip
    assert isinstance(settings, Settings)
    assert settings.admins == {"U1", "U2", "ada@acme.example"}
    assert settings.starter_grant_micros() == 5_000_000
    assert settings.confirm_above_micros() == 500_000
    assert settings.slack_api_url == "http://127.0.0.1:1/api/"
    assert settings.model is None


def test_nobody_has_to_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, STIPEND_CONFIRM_ABOVE="Off")
    assert isinstance(settings, Settings)
    assert settings.confirm_above_micros() == NEVER


WRONG = {
    "SLACK_BOT_TOKEN": "xapp-secret-1",
    "SLACK_APP_TOKEN": "xoxb-secret-2",
    "SLACK_API_URL": "ftp://secret-3",
    "DATABASE_URL": "mysql://root:secret-4@db/x",
    "STIPEND_TIMEZONE": "secret-5",
    "STIPEND_STARTER_GRANT": "many",
    "STIPEND_CONFIRM_ABOVE": "never",
    "STIPEND_TOKEN_USD_PER_MILLION": "secret-7",
    "STIPEND_MIN_OUTPUT_TOKENS": "secret-8",
    "STIPEND_MAX_OUTPUT_TOKENS": "0",
    "STIPEND_THREAD_TOKENS": "-1",
    "STIPEND_WAIT_FOR_HOLDS_S": "nan",
    "STIPEND_ASKS_AT_ONCE": "0",
    "STIPEND_LEASE_S": "secret-9",
    "STIPEND_DRAIN_S": "inf",
    "STIPEND_LOG_FORMAT": "secret-10",
    "STIPEND_LOG_LEVEL": "secret-11",
    "SLACK_SIGNING_SECRET": "xoxb-secret-12",
    "STIPEND_HTTP_PORT": "secret-13",
    "STIPEND_HTTP_HOST": "secret 14",
}


def test_everything_wrong_is_told_at_once_by_name_and_without_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = loaded(monkeypatch, True, **WRONG)
    assert isinstance(problems, list)
    assert sorted(problem.split(":")[0] for problem in problems) == sorted(WRONG)
    for problem in problems:
        assert "secret" not in problem.replace("SECRET", "")
        assert problem.endswith(".")
        assert not problem.endswith("..")


def test_missing_tokens_are_told_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = loaded(monkeypatch, True, STIPEND_LEASE_S="never", SLACK_BOT_TOKEN="")
    assert isinstance(problems, list)
    assert [problem.split()[0] for problem in problems] == ["STIPEND_LEASE_S:", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("STIPEND_MAX_OUTPUT_TOKENS", "255", "below STIPEND_MIN_OUTPUT_TOKENS"),
        ("STIPEND_STARTER_GRANT", "-5", "STIPEND_STARTER_GRANT"),
        ("STIPEND_STARTER_GRANT", "$0.0000001", "STIPEND_STARTER_GRANT"),
        ("STIPEND_TOKEN_USD_PER_MILLION", "0", "greater than 0"),
        ("STIPEND_TOKEN_USD_PER_MILLION", "NaN", "finite number"),
        ("STIPEND_TIMEZONE", "Europe", "Europe/Berlin"),
        ("STIPEND_TIMEZONE", "../../etc/passwd", "Europe/Berlin"),
        ("DATABASE_URL", "sqlite://", "forget its money"),
        ("DATABASE_URL", "nonsense", "cannot be read"),
        ("SLACK_API_URL", "https://", "https://"),
        ("SLACK_BOT_TOKEN", "abc", "begins with xoxb-"),
    ],
)
def test_one_wrong_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    problems = loaded(monkeypatch, **{name: value})
    assert isinstance(problems, list)
    [problem] = problems
    assert problem.startswith(f"{name}: ")
    assert says in problem


BOT = {"SLACK_BOT_TOKEN": "xoxb-1-secret"}
SIGNING = BOT | {"SLACK_SIGNING_SECRET": "0123456789abcdef"}


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        (TOKENS, []),
        (TOKENS | SIGNING, []),  # Socket Mode, so no port is needed
        (SIGNING | {"STIPEND_HTTP_PORT": "3000"}, []),
        (SIGNING, ["STIPEND_HTTP_PORT is not set"]),
        (BOT, ["SLACK_APP_TOKEN is not set"]),
        (BOT | {"STIPEND_HTTP_PORT": "3000"}, ["SLACK_APP_TOKEN is not set"]),
        ({"STIPEND_HTTP_PORT": "3000"}, ["SLACK_BOT_TOKEN is not set", "SLACK_APP_TOKEN is not set"]),
    ],
)
def test_what_each_way_to_slack_needs(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], missing: list[str]
) -> None:
    found = loaded(monkeypatch, True, **environ)
    told = found if isinstance(found, list) else []
    assert [sentence.split(";")[0] for sentence in told] == missing
