"""Lengths of time, as whole milliseconds."""

from __future__ import annotations

import re
from datetime import timedelta

from pyflink_cep.errors import Diagnostic, PatternError, wrong_type

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_SPELLINGS = {
    spelling: unit
    for unit, spellings in {
        "ms": ("ms", "millisecond", "milliseconds"),
        "s": ("s", "sec", "second", "seconds"),
        "m": ("m", "min", "minute", "minutes"),
        "h": ("h", "hour", "hours"),
        "d": ("d", "day", "days"),
        "w": ("w", "week", "weeks"),
    }.items()
    for spelling in spellings
}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(duration: object, location: str) -> int:
    """The whole milliseconds of a timedelta.

    Raises:
        ArgumentTypeError: It is no timedelta.
        PatternError: It is not positive, or not a whole number of milliseconds.
    """
    if not isinstance(duration, timedelta):
        raise wrong_type(location, "a timedelta", duration)
    milliseconds, rest = divmod(duration, _MILLISECOND)
    if milliseconds < 0 or rest or not duration:
        raise _invalid(location, f"expected a positive whole number of milliseconds, found {duration}")
    return milliseconds


def parse_duration(value: object, location: str) -> timedelta:
    """Reads a document's duration: whole milliseconds, or text such as `1 hour 30 minutes`.

    Raises:
        ArgumentTypeError: It is neither a whole number nor text.
        PatternError: The text is no duration.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return timedelta(milliseconds=value)
    if not isinstance(value, str):
        raise wrong_type(location, "milliseconds or text such as '10 minutes'", value)
    duration, end = timedelta(), 0
    while part := _PART.match(value, end):
        unit = _SPELLINGS.get(part[2].lower())
        if unit is None:
            raise _invalid(
                location, f"`{part[2]}` is not a unit: expected ms, seconds, minutes, hours, days or weeks"
            )
        duration += float(part[1]) * _UNITS[unit]
        end = part.end()
    if not end or end < len(value):
        raise _invalid(
            location, f"`{value}` is not a duration: expected such as `10 minutes` or `1 hour 30 minutes`"
        )
    return duration


def format_duration(milliseconds: int) -> str:
    """Keyword arguments of `Pattern.within` and `timedelta`, such as `minutes=10`."""
    units = (("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000), ("seconds", 1_000))
    for keyword, length in units:
        if milliseconds % length == 0:
            return f"{keyword}={milliseconds // length}"
    return f"milliseconds={milliseconds}"


def duration_text(milliseconds: int) -> str:
    """A length of time as a person says it, in its two largest units.

    Example:
        >>> [duration_text(ms) for ms in (0, 250, 1_500, 40_000, 120_000, 5_400_000, 90_061_000)]
        ['0 s', '250 ms', '1.5 s', '40 s', '2 min', '1 h 30 min', '1 d 1 h']
    """
    if 0 < milliseconds < 1_000:
        return f"{milliseconds} ms"
    parts = []
    rest = milliseconds
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000)):
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count} {unit}")
    if rest or not parts:
        parts.append(f"{rest / 1_000:g} s")
    return " ".join(parts[:2])


def _invalid(location: str, message: str) -> PatternError:
    return PatternError(Diagnostic(code="invalid-duration", location=location, message=message))
