"""How the numbers of a backtest are written, in text and on the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pyflink_cep._backtest.figures import RuleFigures

UNKNOWN = "–"  # noqa: RUF001 - what stands in a table for no number
PRECISION = "the share of alerts with at least one labelled event among the events that they took"
RECALL = "the share of labelled events of the period that are in at least one alert"
KEY_RECALL = "the share of the rule's keys with an event so labelled for which an alert took one of those"
OVERLAP = "the share of a rule's alerts that have an event in common with an alert of the other"
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


def values(mapping: Mapping[str, Any]) -> str:
    """A key, or measures.

    Example:
        >>> values({"card_id": "c1", "spent": 700.5, "probes": None})
        'card_id=c1, spent=700.5, probes=null'
    """
    return ", ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in mapping.items()
    )


def moment(time: datetime) -> str:
    """A time, to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S}"


def name(rule: RuleFigures) -> str:
    """A rule with its version; what is not live is marked."""
    marked = "" if rule.status == "live" else f" ({rule.status})"
    return f"{rule.id} v{rule.version}{marked}"
