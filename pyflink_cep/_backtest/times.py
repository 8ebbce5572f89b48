"""The times of events, from the forms that files have them in."""

from __future__ import annotations

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
    elif pa.types.is_integer(type_) or pa.types.is_floating(type_):
        fine = column.to_numpy()
        times = _from_numbers(fine, name, place_of)
    elif pa.types.is_string(type_) or pa.types.is_large_string(type_):
        texts = column.to_pandas()
        parsed = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
        wrong = parsed.isna().to_numpy()
        if wrong.any():
            row = int(np.argmax(wrong))
            raise _wrong_time(place_of(row), f"`{name}` is {texts[row]!r}, which is not ISO 8601")
        fine = parsed.astype("datetime64[ns, UTC]").astype("int64").to_numpy()
        times = fine // 10**6
    else:
        message = f"`{name}` is of Arrow's type {type_}, which is no time"
        raise InputError(Diagnostic(code="wrong-time", location="--time", message=message, hint=_HINT))
    outside = (times < _LEAST_MS) | (times > _MOST_MS)
    if outside.any():
        row = int(np.argmax(outside))
        message = f"`{name}` is {column[row].as_py()!r}, which is not in the years 1 to 9999"
        raise _wrong_time(place_of(row), message)
    return fine, times


def _from_numbers(numbers: Numbers, name: str, place_of: Callable[[int], str]) -> Numbers:
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise _wrong_time(place_of(row), f"`{name}` is {numbers[row]}, which is no time")
    least, most = _SECONDS
    in_seconds = len(numbers) > 0 and numbers.min() >= least and numbers.max() < most
    milliseconds: Numbers = np.floor(numbers * 1000 if in_seconds else numbers).astype(np.int64)
    return milliseconds


def _wrong_time(location: str, message: str) -> InputError:
    return InputError(Diagnostic(code="wrong-time", location=location, message=message, hint=_HINT))
