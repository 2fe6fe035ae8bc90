"""What is said of an ask: every way to end has a sentence of its own, and a balance is nobody else's business."""

from typing import Any, get_args

import pytest

from budget.ask import Result
from budget.asking.admission import Limit
from budget.asking.charge import FAULTS
from budget.money import Face
from handlers.slack.views import answers
from store.ledger.steps import Balance
from store.payers import Payer


def result(**more: Any) -> Result:
    plain: dict[str, Any] = dict(
        state="settled", outcome="capped", model="m", payer=Payer("person:1", "person", ""), cost_micros=1_000,
        estimated=False, usage=None, balance=Balance("person:1", 5_000, 0), overrun_micros=0, left_out=0,
        cap_tokens=1_234, shrunk=True,
    )  # fmt: skip
    return Result(**(plain | more))


@pytest.mark.parametrize("outcome", [*get_args(Limit), *FAULTS.values(), "no_person", "given_up", "cancelled"])
def test_every_end_has_words_of_its_own(outcome: str) -> None:
    told = answers.failure(outcome, model="m", cost_micros=0, estimated=False)
    assert "Something went wrong" not in told
    assert "{" not in told
    assert told.endswith("You were not charged.")


@pytest.mark.parametrize("outcome", ["answered", "capped"])
def test_that_the_balance_lowered_the_cap_is_told_to_the_asker_alone(outcome: str) -> None:
    made = result(outcome=outcome)
    words = "The cap was lowered to 1,234 output tokens: that is what your balance covered."
    assert words in answers.receipt(made, Face(), None)
    assert "balance" not in str(answers.notes(made))
    assert "lowered" not in answers.receipt(result(shrunk=False), Face(), None)


def test_whose_balance_lowered_the_cap() -> None:
    made = result(payer=Payer("team:1", "team", "Platform"))
    assert "that is what the balance of the Platform pool covered" in answers.receipt(made, Face(), None)


def test_an_answer_at_its_cap_says_so_to_everybody() -> None:
    assert answers.notes(result()) == ["The answer stops here because it reached its cap of 1,234 output tokens."]


def test_who_stopped_an_answer_is_named_and_not_pinged() -> None:
    assert "stopped by &lt;!here&gt;" in answers.stopped(5, "<!here>").replace("\u200b", "")
    assert "<!here>" not in answers.stopped(5, "<!here>")
