"""Which of the models on offer the policy lets somebody use, and what a typical question costs with each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median_low

from budget.offer.model import Model, Models
from budget.offer.pricing import TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS, Usage
from budget.policy.policy import Models as Rules

TYPICAL_USAGE = Usage(TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS)


@dataclass(frozen=True, slots=True)
class Typical:
    """The usage that prices are compared by. `of_asks`: of how many asks of somebody's own; 0: everybody's guess."""

    usage: Usage = TYPICAL_USAGE
    of_asks: int = 0

    def micros(self, model: Model) -> int:
        """What such a question costs with a model."""
        return model.price.cost_micros(self.usage)


def typical_of(usages: Sequence[tuple[int, int]]) -> Typical:
    """The median of somebody's own asks, each (input, output) tokens; without any, a question as it is anywhere."""
    if not usages:
        return Typical()
    read, written = zip(*usages, strict=True)
    return Typical(Usage(median_low(read), median_low(written)), len(usages))


def allowed(offered: Models, rules: Rules, teams: Sequence[str]) -> Models | None:
    """The models that someone of these teams may use; None where the policy names none that is on offer.

    What is said of their teams counts, all of it together; else what is said of everybody. No names: every model. Where
    the company's default is not among them, the cheapest is theirs.
    """
    names = _names(rules, teams)
    if names is None:
        return offered
    found = tuple(model for model in offered.all if model.name.casefold() in names)
    if not found:
        return None
    default = next((model for model in found if model.name == offered.default), None)
    cheapest = min(found, key=lambda model: model.price.typical_micros())
    return replace(offered, default=(default or cheapest).name, all=found)


def _names(rules: Rules, teams: Sequence[str]) -> frozenset[str] | None:
    """The names in lower case; None: all that there are."""
    by_team: Mapping[str, Sequence[str]] = {_key(team): names for team, names in rules.teams.items()}
    found = [by_team[_key(team)] for team in teams if _key(team) in by_team] or [rules.allowed]
    if any(not names for names in found):
        return None
    return frozenset(name.strip().casefold() for names in found for name in names)


def _key(name: str) -> str:
    """As names of teams are compared."""
    return " ".join(name.split()).casefold()
