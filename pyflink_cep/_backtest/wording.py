"""How the numbers of a backtest are written, in text, on the page and in JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from pyflink_cep._backtest.figures import RuleFigures

UNKNOWN = "–"  # noqa: RUF001 - what stands in a table for no number
PRECISION = "the share of alerts with at least one labelled event among the events that they took"
RECALL = "the share of labelled events of the period that are in at least one alert"
KEY_RECALL = "the share of the rule's keys with an event so labelled for which an alert took one of those"
OVERLAP = "the share of a rule's alerts that have an event in common with an alert of the other"
# Programs that read JSON's numbers as DOUBLE round whole ones beyond it.
_MOST = 2**53
SAME = "An alert is the same if its rule, key, beginning and end are."


def count(number: int | None) -> str:
    """A whole number.

    Example:
        >>> count(1754155)
        '1,754,155'
    """
    return UNKNOWN if number is None else f"{number:,}"


def cores(number: int) -> str:
    """What a job ran on."""
    return "1 core" if number == 1 else f"{number} cores"


def percent(share: float | None) -> str:
    """A share.

    Example:
        >>> percent(0.8734)
        '87.3%'
    """
    return UNKNOWN if share is None else f"{share:.1%}"


def points(change: float | None) -> str:
    """The change of a share, in points of a hundred.

    Example:
        >>> points(-0.031)
        '-3.1'
    """
    return UNKNOWN if change is None else f"{change * 100:+.1f}"


def pairs(mapping: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The names of measures, each with its value: as a person reads it, and exactly.

    Example:
        >>> pairs({"card_id": "c1", "spent": Decimal("700.499999"), "probes": None})
        [('card_id=c1', 'card_id=c1'), ('spent=700.5', 'spent=700.499999'), ('probes=null', 'probes=null')]
    """
    return [(f"{name}={rounded(value)}", f"{name}={exact(value)}") for name, value in mapping.items()]


def exact(value: Any) -> str:
    """A value with all its digits, as in a key.

    Example:
        >>> [exact(value) for value in (0.30000000000000004, Decimal("1.50"), {"a": [1]}, "c1", None)]
        ['0.30000000000000004', '1.50', '{"a": [1]}', 'c1', 'null']
    """
    value = plain(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def rounded(value: Any) -> str:
    """A value as a person reads it: a number with a fraction to four digits, or to hundredths.

    Example:
        >>> [rounded(value) for value in (700.4999999, Decimal("1.50"), 0.000123456, 3.0, 1754155, "c1", None)]
        ['700.5', '1.5', '0.0001235', '3', '1754155', 'c1', 'null']
    """
    if isinstance(value, float | Decimal) and math.isfinite(value):
        number = float(value)
        digits = max(2, 3 - (math.floor(math.log10(abs(number))) if number else 0))
        return f"{value:.{digits}f}".rstrip("0").rstrip(".")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {rounded(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(rounded, value))}]"
    return exact(value)


def rate(a_day: float) -> str:
    """How many a day.

    Example:
        >>> [rate(a_day) for a_day in (0, 0.0312, 0.5, 12.345, 1234.5)]
        ['0', '0.03', '0.5', '12.3', '1,234']
    """
    if a_day >= 100 or not a_day:
        return f"{a_day:,.0f}"
    return f"{a_day:.1f}" if a_day >= 0.1 else f"{a_day:.1g}"


def moment(time: datetime) -> str:
    """A time, to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S}"


def name(rule: RuleFigures) -> str:
    """A rule with its version; what is not live is marked."""
    marked = "" if rule.status == "live" else f" ({rule.status})"
    return f"{rule.id} v{rule.version}{marked}"


def plain(value: Any) -> Any:
    """A value as JSON has it, with numbers that programs round as text.

    Example:
        >>> plain({"spent": Decimal("0.10"), "numbers": [5, 9007199254740993], "near": 0.1})
        {'spent': '0.10', 'numbers': [5, '9007199254740993'], 'near': 0.1}
    """
    match value:
        case Decimal():
            return f"{value:f}"
        case bool():
            return value
        case int():
            return value if abs(value) <= _MOST else str(value)
        case Mapping():
            return {name: plain(inner) for name, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
    return value
