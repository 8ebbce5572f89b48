"""Why a pattern fired on a list of events, or did not.

The matcher is the one of a job, as in `pyflink_cep.testing`; it tells what it does with each event.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pyflink_cep._event_list import Event, EventList, Watermark
from pyflink_cep._explanation import (
    Asked,
    Closest,
    Dropped,
    EventMatched,
    Explanation,
    Given,
    HeldBack,
    KeyExplanation,
    NearestMiss,
    PartialMatch,
    Progress,
    Reason,
    Skipped,
    TimedOut,
    TooLate,
    Trial,
    Way,
    WindowPassed,
)
from pyflink_cep._explanation_reader import read_keys
from pyflink_cep._explanation_words import key_text
from pyflink_cep._expression_names import conditions_of, names_in
from pyflink_cep._keywords import known_keywords
from pyflink_cep._plan import write_plan
from pyflink_cep.errors import Diagnostic, InputError
from pyflink_cep.testing import read_found

if TYPE_CHECKING:
    from datetime import datetime

    from pyflink_cep._pattern import Pattern

__all__ = [
    "Asked",
    "Closest",
    "Dropped",
    "EventMatched",
    "Explanation",
    "Given",
    "HeldBack",
    "KeyExplanation",
    "NearestMiss",
    "PartialMatch",
    "Progress",
    "Reason",
    "Skipped",
    "TimedOut",
    "TooLate",
    "Trial",
    "Watermark",
    "Way",
    "WindowPassed",
    "explain",
]


_KEYS_SHOWN = 10


@known_keywords
def explain(
    pattern: Pattern,
    events: Iterable[Event | Watermark],
    *,
    time_field: str = "ts",
    partition_by: str | Sequence[str] | None = None,
    order_by: str | Sequence[str] | None = None,
    measures: Mapping[str, str] | None = None,
    schema: Mapping[str, str] | None = None,
    final_watermark: int | datetime | None = None,
    key: object = None,
    numbers: Sequence[int] | None = None,
) -> Explanation:
    """Says, for each event and partial match, what was tried and what came of it, and what came closest to a match.

    Args:
        pattern: What to look for.
        events: Dicts, with `Watermark`s between them where need be, as `find_matches` takes them.
        time_field: The field with an event's time: milliseconds, or a datetime. One without a time zone is in UTC.
        partition_by: The fields of the key; with None all events are of one key.
        order_by: The fields that order events of the same time; without them it is the order of the list.
        measures: Names to SQL expressions over the steps of a match.
        schema: The SQL type of each field; without it they are taken from the events.
        final_watermark: How far time goes on after the last event: milliseconds, or a datetime; with None to the end
            of time.
        key: The one key to explain; with None all of them. The value of the key's field, or where there are several
            a dict or a sequence of their values. Text stands for any value that is written so: "17" for 17 as well.
        numbers: What each event is called, such as its line in a file; without them events are numbered from 1, in
            the order of the list.

    Returns:
        The explanation, which can be written as text and as HTML.

    Raises:
        PatternError: The pattern, a measure or a field doesn't fit the events. All that is wrong is reported at once.
        InputError: An event has no time, or a value that doesn't fit its type; no event has the key; there is not one
            number for each event.
        ArgumentTypeError: An argument is of the wrong type.
        JarNotFoundError: This is a source checkout whose jar was not built.
        JavaError: There is no Java, or one that is too old.

    Example:
        >>> from pyflink_cep import Pattern
        >>> from pyflink_cep.explaining import explain
        >>> explanation = explain(
        ...     Pattern.begin("probe").where("amount < 1").times(3).within(minutes=10),
        ...     [{"ts": second * 1_000, "amount": 0.5} for second in (0, 60, 640)],
        ... )
        >>> explanation.nearest_miss.summary
        '2 of 3 `probe`; the third came 40 s too late'
    """
    __tracebackhide__ = True
    from pyflink_cep import _gateway

    plan = write_plan(pattern, partition_by=partition_by, measures=measures, order_by=order_by)
    columns: list[str] = json.loads(plan)["partition_by"]
    listed = EventList.of(events, time_field, schema)
    named = _numbers(listed, numbers)
    elements = listed.elements_json(final_watermark, _left_out(listed, columns, key))
    document = json.loads(_gateway.explain(plan, listed.schema_json(), elements), parse_float=Decimal)
    found = read_found(document, listed)
    names = names_in([*conditions_of(pattern), *(measures or {}).values()])
    used = [column for column in listed.schema if column in names]
    return Explanation(pattern, found, read_keys(document, listed, named, columns, found), time_field, used)


def _numbers(listed: EventList, given: Sequence[int] | None) -> dict[int, int]:
    """The events' numbers by their places among the elements."""
    places = [place for place, element in enumerate(listed.elements) if not isinstance(element, Watermark)]
    if given is not None and len(given) != len(places):
        raise InputError(
            Diagnostic(
                code="invalid-argument",
                location="numbers",
                message=f"expected a number for each of {len(places)} events, found {len(given)}",
            )
        )
    return dict(zip(places, range(1, len(places) + 1) if given is None else given, strict=True))


def _left_out(listed: EventList, columns: Sequence[str], key: object) -> set[int]:
    """The places of the events of other keys."""
    if key is None or any(column not in listed.schema for column in columns):
        return set()
    wanted = _wanted(columns, key)
    places = [place for place, element in enumerate(listed.elements) if not isinstance(element, Watermark)]
    keys = {place: [listed.event(place).get(column) for column in columns] for place in places}
    left_out = {place for place in places if not all(map(_is, keys[place], wanted))}
    if len(left_out) == len(places):
        raise InputError(
            Diagnostic(
                code="unknown-key",
                location="key",
                message=f"no event has {_key_text(columns, wanted)}",
                hint=_known_keys(columns, wanted, list(keys.values())),
            )
        )
    return left_out


def _wanted(columns: Sequence[str], key: object) -> list[object]:
    """The values of the key's fields."""
    match key:
        case Mapping():
            values = [key[column] for column in columns if column in key] if len(key) == len(columns) else []
        case list() | tuple():
            values = list(key)
        case _:
            values = [key]
    if not columns or len(values) != len(columns):
        names = ", ".join(f"`{column}`" for column in columns)
        raise InputError(
            Diagnostic(
                code="invalid-argument",
                location="key",
                message=f"expected a value for each of {names}, found {key!r}"
                if columns
                else "all events are of one key",
                hint=None if columns else "say by which fields keys are told apart: partition_by=",
            )
        )
    return values


def _is(value: object, wanted: object) -> bool:
    return value == wanted or (isinstance(wanted, str) and str(value) == wanted)


def _key_text(columns: Sequence[str], values: Sequence[object]) -> str:
    return key_text(dict(zip(columns, values, strict=True)))


def _known_keys(columns: Sequence[str], wanted: Sequence[object], known: Sequence[Sequence[object]]) -> str:
    """A hint that names the nearest of the known keys, then lists them."""
    by_values = {_plain(values): _key_text(columns, values) for values in known}
    nearest = difflib.get_close_matches(_plain(wanted), by_values, n=1)
    suggestion = f"did you mean {by_values[nearest[0]]}? " if nearest else ""
    more = len(by_values) - _KEYS_SHOWN
    listing = ", ".join(
        [*list(by_values.values())[:_KEYS_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    )
    return f"{suggestion}Keys: {listing}"


def _plain(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))
