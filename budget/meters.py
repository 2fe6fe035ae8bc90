"""What is counted for operators. Names and labels hold no person, channel or text; Prometheus has the format."""

from collections.abc import Callable
from decimal import Decimal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

ACK_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # Slack waits for three seconds
ASK_S = (0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600)


class Meters:
    """One process's meters, in a registry of their own. They count what this process did: replicas add up."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = own = registry or CollectorRegistry()
        self._asks = Counter("stipend_asks", "Asks that ended here.", ["outcome"], registry=own)
        self._dollars = Counter("stipend_cost_dollars", "What asks that ended here cost.", registry=own)
        self._at_work = Gauge("stipend_asks_at_work", "Asks taken up here and not ended.", ["stage"], registry=own)
        self.ack = Histogram(
            "stipend_ack_seconds", "From Slack's call to our acknowledgement.", buckets=ACK_S, registry=own
        )
        self.first_token = Histogram(
            "stipend_first_token_seconds",
            "From beginning with an ask to the model's first words.",
            buckets=ASK_S,
            registry=own,
        )
        self.total = Histogram(
            "stipend_ask_seconds",
            "From taking up an ask, a wait for its turn included, to its end.",
            buckets=ASK_S,
            registry=own,
        )
        self._ready = Gauge("stipend_ready", "1 where a question that comes now would be taken.", registry=own)
        self._holds = Gauge("stipend_holds_open", "Holds not closed, of all replicas.", registry=own)
        self._held = Gauge("stipend_holds_open_micros", "What they set aside, in micro-dollars.", registry=own)
        self._overdue = Gauge("stipend_holds_overdue", "Holds past their expiry, of all replicas.", registry=own)
        self._slack = Counter("stipend_slack_errors", "Calls that Slack refused or lost.", ["kind"], registry=own)
        self._model = Counter("stipend_model_faults", "Calls to models that failed.", ["kind"], registry=own)
        self._away = Counter("stipend_database_unavailable", "Times the database was away.", ["during"], registry=own)
        self._turned_away = Counter(
            "stipend_requests_turned_away", "Requests to Slack's address that were not let in.", ["why"], registry=own
        )
        ProcessCollector(registry=own)  # memory, processor time, open files: process_…

    def ended(self, outcome: str, cost_micros: int) -> None:
        """An ask ended here, at this cost."""
        self._asks.labels(outcome).inc()
        self._dollars.inc(float(Decimal(cost_micros) / 1_000_000))  # for a graph; the ledger has the money

    def model_fault(self, kind: str) -> None:
        """A call to a model failed."""
        self._model.labels(kind).inc()

    def slack_error(self, kind: str) -> None:
        """Slack said no, or nothing."""
        self._slack.labels(kind).inc()

    def database_away(self, during: str) -> None:
        """The database could not be used: for an event, an ask or a tick."""
        self._away.labels(during).inc()

    def watch(self, in_flight: Callable[[], int], queued: Callable[[], int]) -> None:
        """Where the worker's numbers are read at a scrape."""
        self._at_work.labels("in_flight").set_function(in_flight)
        self._at_work.labels("queued").set_function(queued)

    def turned_away(self, why: str) -> None:
        """A request in HTTP mode was not let in."""
        self._turned_away.labels(why).inc()

    def look(self, *, ready: bool, holds: float, held_micros: float, overdue: float) -> None:
        """What is so at a scrape; NaN where that cannot be known."""
        self._ready.set(ready)
        self._holds.set(holds)
        self._held.set(held_micros)
        self._overdue.set(overdue)
