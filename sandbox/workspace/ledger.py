"""The app's books as the page shows them: told from outside, as the workspace itself knows no ledger.

An entry is a question's hold or a movement of money: `{"id", "kind", "title", "state", "at", "amount", "note"?,
"steps": [{"label", "at", "amount"?}]}`; the same id again replaces it. A balance is `{"id", "kind", "name",
"available", "held"?, "tokens"?}`. Times are seconds since 1970, amounts are texts, ready to read.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.workspace.wire import ControlError, JsonObject

ENTRIES_KEPT = 300
_Kinds: TypeAlias = Mapping[str, type | tuple[type, ...]]
_ENTRY: _Kinds = {"id": str, "kind": str, "title": str, "state": str, "amount": str, "at": (int, float), "steps": list}
_STEP: _Kinds = {"label": str, "at": (int, float)}
_BALANCE: _Kinds = {"id": str, "kind": str, "name": str, "available": str}


@dataclass
class Ledger:
    """What was told so far. `connected` is false until somebody reads the books."""

    connected: bool = False
    entries: OrderedDict[str, JsonObject] = field(default_factory=OrderedDict)
    balances: list[JsonObject] = field(default_factory=list)

    def tell(self, args: JsonObject) -> JsonObject:
        """Take in `{entries?, balances?}` and return what is new. Raises ControlError for another shape."""
        entries = [_checked(entry, _ENTRY) for entry in _objects(args, "entries")]
        for entry in entries:
            for step in _objects(entry, "steps"):
                _checked(step, _STEP)
        balances = [_checked(balance, _BALANCE) for balance in _objects(args, "balances")]
        for entry in entries:
            self.entries[entry["id"]] = entry
        while len(self.entries) > ENTRIES_KEPT:
            self.entries.popitem(last=False)
        self.connected = True
        if "balances" in args:
            self.balances = balances
        return {"connected": True, "entries": entries, "balances": self.balances}

    def shape(self) -> JsonObject:
        """All of it, oldest entries first."""
        return {"connected": self.connected, "entries": list(self.entries.values()), "balances": self.balances}


def _objects(holder: JsonObject, name: str) -> list[JsonObject]:
    given = holder.get(name, [])
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise ControlError(f"{name} must be a list of objects.")
    return given


def _checked(item: JsonObject, wanted: _Kinds) -> JsonObject:
    for name, kind in wanted.items():
        if not isinstance(item.get(name), kind) or isinstance(item[name], bool):
            raise ControlError(f"{name} is missing, or of a wrong kind.")
    return item
