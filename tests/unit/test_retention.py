"""Keys and what they seal: it comes back whole, to its own place alone, and to nobody without the key."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.log import mask
from bot.settings import Settings
from budget.retention import MOVED, NO_KEY, BadKey, Keys, Retention, Unreadable, keys_of, new_key

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OLD, NEW = new_key(), new_key()


def keys(*texts: str) -> Keys:
    found = keys_of(",".join(texts))
    assert isinstance(found, Keys)
    return found


@given(st.text(st.characters(), max_size=300))
def test_what_is_sealed_comes_back_whole(text: str) -> None:
    sealed = keys(OLD).seal("a1", "answer", text, AT)
    assert keys(OLD).unseal("a1", "answer", sealed) == text
    assert sealed.isascii()


def test_even_half_a_character_comes_back() -> None:
    """Slack's JSON may carry one, and a model's too; PostgreSQL would take neither that nor a NUL in the clear."""
    for text in ("\ud83d", "a\0b"):
        assert keys(OLD).unseal("a1", "question", keys(OLD).seal("a1", "question", text, AT)) == text


def test_nothing_of_the_text_shows_and_the_same_text_looks_different_each_time() -> None:
    sealed = [keys(OLD).seal("a1", "question", "our secret plan", AT) for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert "secret" not in "".join(sealed)


def test_another_key_opens_nothing() -> None:
    assert keys(NEW).unseal("a1", "question", keys(OLD).seal("a1", "question", "hello", AT)) is NO_KEY


@pytest.mark.parametrize("at", [0, 1, 12, 40, -45, -10])
def test_a_changed_text_is_refused(at: int) -> None:
    sealed = keys(OLD).seal("a1", "question", "hello there, how are you?", AT)
    bent = list(sealed.rstrip("="))
    bent[at] = "A" if bent[at] != "A" else "B"
    changed = "".join(bent) + sealed[len(bent) :]
    assert keys(OLD).unseal("a1", "question", changed) is NO_KEY


@pytest.mark.parametrize("garbage", ["", "hello", "gAAAA", "é", "====", "A" * 200])
def test_what_was_never_sealed_is_refused(garbage: str) -> None:
    assert keys(OLD).unseal("a1", "question", garbage) is NO_KEY
    assert keys(OLD).reseal(garbage) is NO_KEY
    assert not keys(OLD).is_newest(garbage)


def test_a_text_in_anothers_place_is_noticed() -> None:
    sealed = keys(OLD).seal("a1", "question", "hello", AT)
    assert keys(OLD).unseal("a2", "question", sealed) is MOVED
    assert keys(OLD).unseal("a1", "answer", sealed) is MOVED


def test_keys_are_exchanged_one_by_one() -> None:
    before = keys(OLD).seal("a1", "question", "hello", AT)
    both = keys(NEW, OLD)
    assert both.unseal("a1", "question", before) == "hello"
    assert not both.is_newest(before)
    after = both.reseal(before)
    assert isinstance(after, str)
    assert both.is_newest(after)
    assert keys(NEW).unseal("a1", "question", after) == "hello"
    assert keys(OLD).unseal("a1", "question", after) is NO_KEY
    assert keys(NEW).unseal("a2", "question", after) is MOVED
    assert isinstance(keys(NEW).reseal(before), Unreadable)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("hunter2", "this is no key"),
        (OLD[:-1], "this is no key"),
        (OLD + "!", "this is no key"),
        (OLD[:10] + "\n" + OLD[10:], "this is no key"),
        (f"{NEW},{OLD[:-2]}", "number 2 of the 2 listed here is no key"),
        (",", "this is no key"),
    ],
    ids=["a password", "short", "long", "broken", "the second", "nothing"],  # the keys are other ones in every process
)
def test_what_is_no_key_is_told_without_being_shown(typed: str, says: str) -> None:
    found = keys_of(typed)
    assert isinstance(found, BadKey)
    assert found.sentence == f"{says}; make one with `stipend texts new-key`"


def test_blanks_around_keys_are_no_matter() -> None:
    assert len(keys(f" {NEW} ", f" {OLD}", "")) == 2


def test_no_key_shows() -> None:
    rule = Retention(30, keys(OLD, NEW))
    for shown in (repr(rule), str(rule), repr(rule.keys), str(rule.keys), f"{rule}"):
        assert OLD not in shown
        assert NEW not in shown
        assert OLD[:8] not in shown


def test_texts_are_not_kept_without_a_key() -> None:
    assert Retention().days == 0
    with pytest.raises(AssertionError):
        Retention(30)


def test_the_rule_in_words_and_times() -> None:
    assert Retention().sentence == "Questions and answers are not kept."
    rule = Retention(30, keys(OLD))
    assert rule.sentence.startswith("Questions and answers are kept for 30 days, encrypted; ")
    assert " for 1 day, " in Retention(1, keys(OLD)).sentence
    assert rule.purge_at(AT) == AT + timedelta(days=30)
    assert rule.kept_since(AT) == AT - timedelta(days=30)
    assert Retention().kept_since(AT) == AT


def test_a_key_is_masked_wherever_it_gets_into_a_log() -> None:
    assert mask(f"keys={OLD},{NEW} and so on") == "keys=…,… and so on"
    digest = "q" * 44 + "="  # other things in that alphabet stay
    assert mask(digest) == digest


def test_settings_make_the_rule_and_show_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STIPEND_RETENTION_KEY", f"{NEW},{OLD}")
    monkeypatch.setenv("STIPEND_RETENTION_DAYS", "30")
    settings = Settings()
    assert (settings.retention.days, len(settings.retention.keys or ())) == (30, 2)
    assert NEW not in f"{settings!r}{settings}{settings.retention!r}"
    monkeypatch.setenv("STIPEND_RETENTION_DAYS", "0")
    assert Settings().retention.keys is not None  # what was kept before can be read until it goes
    monkeypatch.setenv("STIPEND_RETENTION_DAYS", "3651")
    with pytest.raises(ValidationError):
        Settings()
