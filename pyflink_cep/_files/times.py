"""The times of events, from the forms that files have them in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

Numbers = np.ndarray[Any, np.dtype[Any]]

_HINT = "a time is a timestamp, ISO 8601 text, or a number of milliseconds or seconds since 1970"
# As seconds 1973 to 5138; as milliseconds they would be days of 1970 to 1973, which no history is of.
_SECONDS = (10**8, 10**11)
_NANOSECONDS_A_UNIT = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
# What writers have as a number in place of a time, by how many digits it has.
_CALENDAR_FORMS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_COMPACT = re.compile(r"\d{8}(T?\d{4,6})?")
# A list of which none is else is one of days.
_LOOKED_AT = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_MS, _MOST_MS = -62_135_596_800_000, 253_402_300_799_999  # the years 1 to 9999


def read_times(
    column: pa.ChunkedArray, name: str, place_of: Callable[[int], str] = lambda row: f"event {row + 1}"
) -> tuple[Numbers, Numbers]:
    """The times as they order the events, and in milliseconds. What has no time zone is in UTC.

    Args:
        column: Of timestamps, dates, text, or numbers. Numbers are milliseconds, unless all of them are in 1e8 to
            1e11: those are seconds.
        name: What the column is called in errors.
        place_of: What an event is called in errors, by its row.

    Raises:
        InputError: A time is missing or is none.

    Example:
        >>> read_times(pa.chunked_array([["2018-04-01T00:00:31Z", "2018-04-01 02:00:31.5+02:00"]]), "paid_at")[1]
        array([1522540831000, 1522540831500])
    """
    type_ = column.type
    if pa.types.is_dictionary(type_):
        return read_times(column.cast(type_.value_type), name, place_of)
    if column.null_count:
        row = int(np.argmax(pc.is_null(column).to_numpy()))
        raise _wrong_time(place_of(row), f"the event has no time: `{name}` is empty")
    if pa.types.is_date(type_):
        column = column.cast(pa.timestamp("ms"))
    if pa.types.is_timestamp(column.type):
        fine = column.cast(pa.int64()).to_numpy()
        per_ms = 10**6 // _NANOSECONDS_A_UNIT[column.type.unit]
        times = fine // per_ms if per_ms else fine * 1000
    elif pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        fine, times = _from_numbers(column, name, place_of)
    elif pa.types.is_string(type_) or pa.types.is_large_string(type_):
        fine, times = _from_text(column, name, place_of)
    else:
        message = f"`{name}` is of Arrow's type {type_}, which is no time"
        raise InputError(Diagnostic(code="wrong-time", location="--time", message=message, hint=_HINT))
    outside = (times < _LEAST_MS) | (times > _MOST_MS)
    if outside.any():
        row = int(np.argmax(outside))
        message = f"`{name}` is {column[row].cast(pa.string()).as_py()}, which is not in the years 1 to 9999"
        raise _wrong_time(place_of(row), message)
    return fine, times


def _from_numbers(
    column: pa.ChunkedArray, name: str, place_of: Callable[[int], str]
) -> tuple[Numbers, Numbers]:
    """The times in microseconds and in milliseconds."""
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    numbers = column.to_numpy()
    limit = 10**15
    wrong = ~np.isfinite(numbers) | (np.abs(numbers.astype(np.float64)) > limit)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise _wrong_time(place_of(row), f"`{name}` is {numbers[row]}, which is no time", numbers[row])
    if len(numbers) and all(map(_is_calendar, numbers[:_LOOKED_AT])):
        message = f"`{name}` is {numbers[0]}, which is a day or time in digits, and no number of milliseconds"
        raise _wrong_time(place_of(0), message, numbers[0])
    least, most = _SECONDS
    in_seconds = len(numbers) > 0 and numbers.min() >= least and numbers.max() < most
    if np.issubdtype(numbers.dtype, np.integer):
        times = numbers.astype(np.int64) * (1000 if in_seconds else 1)
        return times, times
    # A fraction of seconds in binary is near the one that was meant, on either side.
    microseconds = np.rint(numbers * (10**6 if in_seconds else 10**3)).astype(np.int64)
    return microseconds, microseconds // 1000


def _is_calendar(number: float) -> bool:
    """Whether a number's digits are a day, with or without a time: 20240301 or 20240301100000."""
    digits = str(int(number))
    form = _CALENDAR_FORMS.get(len(digits))
    if form is None or number != int(number) or digits[:2] not in ("19", "20"):
        return False
    try:
        datetime.strptime(digits, form)
    except ValueError:
        return False
    return True


def _from_text(column: pa.ChunkedArray, name: str, place_of: Callable[[int], str]) -> tuple[Numbers, Numbers]:
    """The times as they order the events, and in milliseconds."""
    texts = column.to_pandas()
    parsed = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    missing = parsed.isna().to_numpy()
    if not missing.any():
        fine = parsed.astype("datetime64[ns, UTC]").astype("int64").to_numpy()
        return fine, fine // 10**6
    # Nanoseconds reach from 1677 to 2262, and Pandas doesn't know a comma before the fraction.
    fine = parsed.astype("datetime64[ns, UTC]").astype("int64").to_numpy() // 1000
    for row in np.flatnonzero(missing).tolist():
        try:
            instant = datetime.fromisoformat(texts[row].strip())
        except ValueError:
            raise _wrong_time(
                place_of(row), f"`{name}` is {texts[row]!r}, which is not ISO 8601", texts[row]
            ) from None
        if _COMPACT.fullmatch(texts[row].strip()):
            message = f"`{name}` is {texts[row]!r}, which is not ISO 8601 with its hyphens and colons"
            raise _wrong_time(place_of(row), message, texts[row])
        instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        fine[row] = (instant - _EPOCH) // timedelta(microseconds=1)
    return fine, fine // 1000


def _wrong_time(location: str, message: str, value: object = None) -> InputError:
    digits = re.sub(r"\D", "", str(value)) if isinstance(value, str) else str(value).removesuffix(".0")
    is_calendar = digits.isdecimal() and len(digits) in (8, 12, 14, 17) and digits[:2] in ("19", "20")
    hint = f"{_HINT}; write it as text, such as 2024-03-01T10:00:00" if is_calendar else _HINT
    return InputError(Diagnostic(code="wrong-time", location=location, message=message, hint=hint))
