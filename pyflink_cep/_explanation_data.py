"""An explanation as plain data, for programs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from pyflink_cep._explanation import (
    Dropped,
    Entry,
    EventMatched,
    Given,
    HeldBack,
    Skipped,
    TimedOut,
    WindowPassed,
)
from pyflink_cep._explanation_words import event_numbers

if TYPE_CHECKING:
    from pyflink_cep._explanation import Explanation, KeyExplanation, NearestMiss, PartialMatch
    from pyflink_cep.testing import Match

_KINDS: dict[type, str] = {
    TimedOut: "timed_out",
    WindowPassed: "window_passed",
    HeldBack: "held_back",
    Given: "given",
    Skipped: "skipped",
    Dropped: "dropped",
}


def to_data(explanation: Explanation) -> dict[str, Any]:
    """The whole explanation, in the types that JSON has."""
    numbers = event_numbers(explanation)
    return {
        "matches": [_match(match) for match in explanation.found.matches],
        "timeouts": [_match(match) for match in explanation.found.timeouts],
        "errors": [
            {
                "location": error.location,
                "sql": error.expression,
                "code": error.code,
                "message": error.message,
                "count": error.count,
                "event": numbers[id(error.event)],
            }
            for error in explanation.found.errors
        ],
        "keys": [_key(key) for key in explanation.keys],
        "nearest_miss": explanation.nearest_miss and _miss(explanation.nearest_miss),
    }


def _match(match: Match) -> dict[str, Any]:
    return {
        "started_at": plain(match.started_at),
        "ended_at": plain(match.ended_at),
        "timed_out_at": plain(match.timed_out_at),
        "measures": plain(match.measures),
        "events": {step: len(events) for step, events in match.items()},
    }


def _key(key: KeyExplanation) -> dict[str, Any]:
    return {
        "key": plain(key.key),
        "entries": [_entry(entry) for entry in key.entries],
        "partial_matches": [_partial_match(match) for match in key.partial_matches.values()],
        "late": [{"event": number, "fields": plain(event)} for number, event in key.late.items()],
        "nearest_miss": key.nearest_miss and _miss(key.nearest_miss),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, EventMatched):
        return {
            "kind": "event",
            "event": entry.number,
            "time": plain(entry.time),
            "fields": plain(entry.event),
            "trials": plain(entry.trials),
        }
    data = {"kind": _KINDS[type(entry)], **_fields(entry)}
    if isinstance(entry, Given):
        del data["found"]
        data["measures"] = plain(entry.found.measures)
    return data


def _partial_match(match: PartialMatch) -> dict[str, Any]:
    return {
        "number": match.number,
        "parent": match.parent,
        "events": plain(match.numbers),
        "started_at": plain(match.started_at),
        "ended_at": plain(match.ended_at),
        "end": match.end,
    }


def _miss(miss: NearestMiss) -> dict[str, Any]:
    return {
        "key": plain(miss.key),
        "summary": miss.summary,
        "match": miss.match and miss.match.number,
        "progress": plain(miss.progress),
        "needed": miss.needed,
        "closest": miss.closest
        and {
            "event": miss.closest.number,
            "time": plain(miss.closest.time),
            "reasons": plain(miss.closest.reasons),
        },
        "too_late": miss.too_late
        and {"event": miss.too_late.number, "time": plain(miss.too_late.time), "by": miss.too_late.by},
        "timeout": miss.timeout and _entry(miss.timeout),
        "stop": miss.stop,
        "waits_for": miss.waits_for,
        "within_match": miss.within_match,
    }


def plain(value: Any) -> Any:
    """The value in the types that JSON has.

    Example:
        >>> from decimal import Decimal
        >>> plain({"amount": Decimal("1.50"), "at": datetime(2026, 1, 1, 10), "tags": (None, 1.5)})
        {'amount': '1.50', 'at': '2026-01-01T10:00:00', 'tags': [None, 1.5]}
    """
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value // timedelta(milliseconds=1)
        case bytes():
            return value.hex()
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _ if is_dataclass(value):
            return _fields(value)
    return str(value)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
