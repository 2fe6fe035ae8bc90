"""Statements and offers: a message, and the same on paper in the direct messages of whoever asked."""

from collections.abc import Mapping

from budget.typed import AreaCommand
from handlers.slack.areas.call import Answer

ANSWERS: Mapping[type[AreaCommand], Answer] = {}
