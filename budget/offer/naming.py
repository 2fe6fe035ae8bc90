"""Models by the names that people type: the one that is meant, the nearest one, or why it cannot be."""

import difflib

from budget.house import House
from budget.offer.model import Model, Models
from budget.outcome import No

NONE_LEFT = No(
    "The company's policy names no model that is on offer, so there is none to choose. An admin can change it."
)


def one_of(house: House, offered: Models | None, name: str | None, where: str = "") -> Model | No:
    """The model of that name, among those that may be used; None: the default of these. `where`: for the example."""
    if offered is None:
        return NONE_LEFT
    model = offered.get(name) if name else offered.default_model()
    if model is not None:
        return model
    if house.models.get(name or "") is None:
        return no_such_model(offered, name or "", where)
    names = ", ".join(model.name for model in offered.all)
    sentence = f"The company's policy does not allow “{(name or '')[:60]}” here; it allows {names}."
    return No(sentence, f"model {offered.default}{where}")


def no_such_model(offered: Models, name: str, where: str = "") -> No:
    """The nearest one there is; `where` goes into the example."""
    best = nearest_model(offered, name) or offered.default
    return No(f"There is no model called “{name[:60]}”; `/tokens models` lists them.", f"model {best}{where}")


def nearest_model(models: Models, name: str) -> str | None:
    """The name on offer that is most like what was typed, if any is like it at all."""
    names = {model.name.casefold(): model.name for model in models.all}
    near = difflib.get_close_matches(name.casefold(), list(names), n=1)
    return names[near[0]] if near else None
