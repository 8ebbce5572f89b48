"""Patterns tried on lists of events, without a cluster.

The matcher is the one of a job, on the JVM of this process: the first call starts it in some seconds, and each
takes milliseconds then.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyflink_cep import _events
from pyflink_cep._event_list import Event, EventList, Watermark
from pyflink_cep._keywords import known_keywords
from pyflink_cep._plan import write_plan
from pyflink_cep._sql_type import SqlType
from pyflink_cep._vain_clauses import warn_of_vain_clauses
from pyflink_cep.errors import EvaluationWarning

if TYPE_CHECKING:
    from datetime import datetime

    from pyflink_cep._pattern import Pattern

__all__ = ["EvaluationError", "FoundMatches", "Match", "Watermark", "find_matches"]


@dataclass(frozen=True, slots=True, eq=False)
class Match(Mapping[str, list[Event]]):
    """A match, or a partial match that ran out of time: a mapping of step names to the events that they took.

    The events are the very objects that were passed in. A step that took none is not in it. The times are the
    events' own: milliseconds, or datetimes.

    Attributes:
        steps: The events by step, in the order in which they were taken.
        measures: The measures by name; empty where none were asked for. A DECIMAL is a Decimal of its scale, a
            timestamp a datetime to the microsecond, a TIMESTAMP_LTZ in UTC, a row a dict, an interval a timedelta or
            a number of months. A date or timestamp whose year is not in 1 to 9999 is text.
        started_at: The time of the first event.
        ended_at: The time of the last event.
        timed_out_at: When it ran out of time: the first time that was too late, in milliseconds or as a datetime, as
            `started_at` is. None for a match. In place of a datetime after the year 9999, text.
    """

    steps: Mapping[str, list[Event]]
    measures: Mapping[str, Any]
    started_at: int | datetime
    ended_at: int | datetime
    timed_out_at: int | datetime | str | None = None

    def __getitem__(self, step: str) -> list[Event]:
        return self.steps[step]

    def __iter__(self) -> Iterator[str]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class EvaluationError:
    """A condition or measure that can't be evaluated on some events: there the condition is not true, the measure NULL.

    Attributes:
        location: Which part of the pattern, such as ``where of step `spend` ``.
        expression: The condition, as it was written; None of a measure, which the location names.
        code: The kind: `invalid-value`, such as a cast of text that is no number; `arithmetic`, such as a division by
            zero; `evaluation-limit`, where it would take too long or too much memory.
        message: What went wrong at the first of the events.
        count: On how many events it failed.
        event: The first of them; for a measure the last event of the match.
    """

    location: str
    expression: str | None
    code: str
    message: str
    count: int
    event: Event

    def __str__(self) -> str:
        expression = "" if self.expression is None else f" `{self.expression}`"
        value = "NULL" if self.expression is None else "not true"
        more = "" if self.count == 1 else f", the first of {self.count:,}"
        event = ", ".join(f"{name}: {field}" for name, field in self.event.items())
        return (
            f"{self.location}:{expression} can't be evaluated, and counts as {value}, on the event"
            f" ({event}){more}: {self.message}"
        )


@dataclass(frozen=True, slots=True)
class FoundMatches:
    """What `find_matches` found.

    Attributes:
        matches: The matches, in the order of their last events for each key.
        timeouts: The partial matches that ran out of time.
        late: The events that came after a watermark had passed them.
        errors: The conditions and measures that can't be evaluated on some events, each kind of error once. Not all of
            them matter: what is left of an AND is evaluated though its other side is false.
    """

    matches: list[Match]
    timeouts: list[Match]
    late: list[Event]
    errors: list[EvaluationError] = field(default_factory=list)


@known_keywords
def find_matches(
    pattern: Pattern,
    events: Iterable[Event | Watermark],
    *,
    time_field: str = "ts",
    partition_by: str | Sequence[str] | None = None,
    order_by: str | Sequence[str] | None = None,
    measures: Mapping[str, str] | None = None,
    schema: Mapping[str, str] | None = None,
    final_watermark: int | datetime | None = None,
) -> FoundMatches:
    """Finds a pattern in a list of events, in event time, with UTC as the session's time zone.

    Args:
        pattern: What to look for.
        events: Dicts. They are taken in the order of their times, as a whole; with `Watermark`s between them they are
            fed in the order of the list, and one that comes after a watermark that has passed it is late.
        time_field: The field with an event's time: milliseconds, or a datetime. One without a time zone is in UTC.
            Microseconds count for the order of events; windows and watermarks are in whole milliseconds, as in Flink.
        partition_by: The fields of the key; with None all events are of one key.
        order_by: The fields that order events of the same time; without them it is the order of the list.
        measures: Names to SQL expressions over the steps of a match.
        schema: The SQL type of each field, such as ``{"amount": "DECIMAL(10, 2)"}``. Without it they are taken from
            the events: int is BIGINT, float DOUBLE, str STRING, bool BOOLEAN, Decimal DECIMAL(38, 18), bytes BYTES, a
            datetime TIMESTAMP_LTZ(3) or without a time zone TIMESTAMP(3), a date DATE, a time TIME(3), a list ARRAY
            and a dict ROW. A field that an event lacks is NULL.
        final_watermark: How far time goes on after the last event: milliseconds, or a datetime; with None to the end
            of time.

    Returns:
        The matches, the timeouts and the late events; and the errors of conditions and measures on events.

    Warns:
        EvaluationWarning: A condition or a measure can't be evaluated on some events; `errors` has them all.
        PatternWarning: Clauses of the pattern have no effect.

    Raises:
        PatternError: The pattern, a measure or a field doesn't fit the events. All that is wrong is reported at once.
        InputError: An event has no time, or a value that doesn't fit its type; an argument has a value that it can't
            have.
        ArgumentTypeError: An argument is of the wrong type.
        JarNotFoundError: This is a source checkout whose jar was not built.
        JavaError: There is no Java, or one that is too old.

    Example:
        >>> from pyflink_cep import Pattern
        >>> from pyflink_cep.testing import find_matches
        >>> found = find_matches(
        ...     Pattern.begin("probe").where("amount < 1").followed_by("spend").where("amount > 500"),
        ...     [{"ts": 1_000, "amount": 0.5}, {"ts": 2_000, "amount": 20.0}, {"ts": 3_000, "amount": 700.0}],
        ...     measures={"ratio": "spend.amount / probe.amount"},
        ... )
        >>> [dict(match) for match in found.matches]
        [{'probe': [{'ts': 1000, 'amount': 0.5}], 'spend': [{'ts': 3000, 'amount': 700.0}]}]
        >>> found.matches[0].measures
        {'ratio': 1400.0}

        A condition that fails on an event is not true there, in a job too:

        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore", EvaluationWarning)
        ...     found = find_matches(
        ...         Pattern.begin("large").where("CAST(amount AS INT) > 500"),
        ...         [{"ts": 1_000, "amount": "700"}, {"ts": 2_000, "amount": "n/a"}],
        ...     )
        >>> len(found.matches), found.errors[0].location, found.errors[0].count, found.errors[0].event
        (1, 'where of step `large`', 1, {'ts': 2000, 'amount': 'n/a'})
    """
    # pytest shows the caller's line, and not those of this library.
    __tracebackhide__ = True
    # Flink's modules take a second to import, which `Match` and `Watermark` do without.
    from pyflink_cep import _gateway

    plan = write_plan(pattern, partition_by=partition_by, measures=measures, order_by=order_by)
    warn_of_vain_clauses(pattern)
    listed = EventList.of(events, time_field, schema)
    document = _gateway.find_matches(plan, listed.schema_json(), listed.elements_json(final_watermark))
    found = read_found(json.loads(document, parse_float=Decimal), listed)
    for error in found.errors:
        warnings.warn(str(error), EvaluationWarning, stacklevel=3)
    return found


def read_found(document: Mapping[str, Any], listed: EventList) -> FoundMatches:
    """What the JVM found in a list of events."""
    measure_type = SqlType.read(document["measure_type"]) if "measure_type" in document else None

    def read(match: Mapping[str, Any]) -> Match:
        timed_out_at = match.get("timed_out_at")
        started_at = listed.time(match["first"])
        return Match(
            steps={
                step: [listed.event(place) for place in places]
                for step, places in match["steps"].items()
                if places
            },
            measures={} if measure_type is None else _events.from_json(match["measures"], measure_type),
            started_at=started_at,
            ended_at=listed.time(match["last"]),
            timed_out_at=None
            if timed_out_at is None
            else _events.from_milliseconds(timed_out_at, started_at),
        )

    return FoundMatches(
        matches=[read(match) for match in document["matches"]],
        timeouts=[read(timeout) for timeout in document["timeouts"]],
        late=[listed.event(place) for place in document["late"]],
        errors=[
            EvaluationError(**error | {"event": listed.event(error["event"])}) for error in document["errors"]
        ],
    )
