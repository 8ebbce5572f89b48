"""The plan: the one JSON document that tells the JVM what to match."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from pyflink_cep._duration import to_milliseconds
from pyflink_cep._pattern import Pattern
from pyflink_cep._rules import Rules
from pyflink_cep.errors import Diagnostic, InputError, wrong_type

Time = Literal["event", "processing"]

# The greatest `int` of the JVM.
_GREATEST_LIMIT = 2**31 - 1


def write_plan(
    pattern: Pattern,
    *,
    partition_by: str | Sequence[str] | None,
    measures: Mapping[str, str] | None,
    order_by: str | Sequence[str] | None,
    time: Time = "event",
    allowed_lateness: timedelta | None = None,
    max_partial_matches: int | None = None,
    name: str | None = None,
) -> str:
    """Checks the arguments that `match` and `find_matches` have in common, and writes them as JSON."""
    if not isinstance(pattern, Pattern):
        raise wrong_type("pattern", "a Pattern", pattern)
    return json.dumps(
        {
            "pattern": pattern.to_document(),
            "partition_by": _columns("partition_by", partition_by),
            "order_by": _columns("order_by", order_by),
            "measures": _measures(measures),
            "time": _time(time),
            "allowed_lateness": _lateness(allowed_lateness, time),
            "max_partial_matches": _limit(max_partial_matches),
            "name": _name(name),
        }
    )


def write_rules_plan(
    rules: Rules,
    *,
    order_by: str | Sequence[str] | None,
    allowed_lateness: timedelta | None,
    max_partial_matches: int | None,
    name: str | None,
) -> str:
    """Checks the arguments of `match_rules`, and writes them as JSON."""
    if not isinstance(rules, Rules):
        raise wrong_type("rules", "Rules, as Rules.load gives them", rules)
    return json.dumps(
        {
            "rules": [{"name": source.name, "text": source.text} for source in rules.sources],
            "order_by": _columns("order_by", order_by),
            "allowed_lateness": _lateness(allowed_lateness, "event"),
            "max_partial_matches": _limit(max_partial_matches),
            "name": _name(name),
        }
    )


def write_deduplication_plan(key: str | Sequence[str], ttl: timedelta, name: str | None) -> str:
    """Checks the arguments of `deduplicate`, and writes them as JSON."""
    columns = _columns("key", key)
    if not columns:
        raise _invalid("key", "expected a column at least", "name the columns that tell an event from others")
    return json.dumps({"key": columns, "ttl": to_milliseconds(ttl, "ttl"), "name": _name(name)})


def _columns(location: str, value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Sequence) or not all(isinstance(column, str) for column in value):
        raise wrong_type(location, "a column's name, or a list of names", value)
    return list(value)


def _measures(value: object) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise wrong_type("measures", "a dict of names to SQL expressions", value)
    for name, expression in value.items():
        if not isinstance(name, str):
            raise wrong_type("measures", "a name as text", name)
        if not isinstance(expression, str):
            raise wrong_type(f"measure `{name}`", "a SQL expression as text", expression)
    if not value:
        raise _invalid(
            "measures", "a match needs at least one measure", "pass None to get the events of each step"
        )
    return dict(value)


def _time(value: object) -> Time:
    if value == "event" or value == "processing":
        return value
    raise _invalid("time", f'expected "event" or "processing", found {value!r}')


def _lateness(value: timedelta | None, time: Time) -> int:
    if value is None or value == timedelta(0):
        return 0
    milliseconds = to_milliseconds(value, "allowed_lateness")
    if time == "processing":
        raise _invalid("allowed_lateness", 'no event is late with time="processing"', "leave it out")
    return milliseconds


def _limit(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type("max_partial_matches", "a positive int", value)
    if value < 1:
        raise _invalid("max_partial_matches", f"expected a positive int, found {value}")
    if value > _GREATEST_LIMIT:
        raise _invalid("max_partial_matches", f"expected at most {_GREATEST_LIMIT}, found {value}")
    return value


def _name(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise wrong_type("name", "text", value)
    return value


def _invalid(location: str, message: str, hint: str | None = None) -> InputError:
    return InputError(Diagnostic(code="invalid-argument", location=location, message=message, hint=hint))
