"""Python's values as those of SQL types: exactly, or not at all."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pyflink_cep._sql_type import SqlType

_INTEGER_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
# Python refuses to write far longer ones.
_MOST_BITS_SHOWN = 1024
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,4})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME_OF_DAY = re.compile(r"\d\d:\d\d(:\d\d(\.(?P<fraction>\d{1,9}))?)?", re.ASCII)
_TIMESTAMP = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)([T ](?P<time>\d\d:\d\d)(?P<seconds>:\d\d([.,](?P<fraction>\d{1,9}))?)?"
    r"(?P<zone>Z|[-+]\d\d(:?\d\d)?)?)?",
    re.ASCII,
)
# Flink keeps a time of day in milliseconds, whatever its type says.
_MOST_TIME_DIGITS = 3
_MILLISECOND = timedelta(milliseconds=1)
_COUNT = SqlType("INT", "INTEGER", nullable=False)


class MisfitError(ValueError):
    """A value that doesn't fit its type.

    Attributes:
        path: Where it is within the value that was to fit, such as `.at.lat` or `[2]`; empty for that itself.
        value: The value.
        type: The type that it doesn't fit.
        hint: What values of the type are; None where that says nothing new.
    """

    def __init__(self, value: object, type_: SqlType, hint: str | None = None, path: str = "") -> None:
        super().__init__()
        self.path, self.value, self.type, self.hint = path, value, type_, hint

    def within(self, step: str) -> MisfitError:
        """The same, seen from what the value is in."""
        return MisfitError(self.value, self.type, self.hint, step + self.path)

    def message(self, name: str) -> str:
        """Says so of a value with a name."""
        if self.value is None:
            return f"`{name}{self.path}` is NULL, and of type {self.type} NOT NULL"
        return f"`{name}{self.path}` is {shown(self.value)}, which is no {self.type}"

    def __str__(self) -> str:
        return self.message("")


def shown(value: object) -> str:
    """A value as an error names it: as JSON where JSON has it, cut where it is long.

    Example:
        >>> shown("yes"), shown(None), shown(Decimal("1.50")), shown(b"x")
        ('"yes"', 'null', '1.50', "b'x'")
    """
    if isinstance(value, int) and value.bit_length() > _MOST_BITS_SHOWN:
        text = f"a whole number of {value.bit_length()} bits"
    elif isinstance(value, Decimal):
        text = str(value)
    elif value is None or isinstance(value, bool | int | float | str):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = repr(value)
    return text if len(text) <= 100 else f"{text[:99]}…"


def fit(value: Any, type_: SqlType) -> Any:
    """The value in the form that Flink's JSON format reads it from.

    A number fits where it is the same in the type: ``3.0`` is an INT, ``3.7`` and ``True`` are none. DOUBLE and FLOAT
    take the number that is nearest, but for whole numbers that would become others. Exact numbers, times and bytes (as
    base64) may be given as text, as JSON and YAML have no others.

    Raises:
        MisfitError: It doesn't fit.

    Example:
        >>> fit(3.0, SqlType("INT", "INTEGER")), fit(date(2026, 3, 1), SqlType("DATE", "DATE"))
        (3, '2026-03-01')
        >>> fit("yes", SqlType("BOOLEAN", "BOOLEAN"))
        Traceback (most recent call last):
        pyflink_cep._fit.MisfitError: `` is "yes", which is no BOOLEAN
    """
    value = of_python(value)
    if value is None:
        if not type_.nullable:
            raise MisfitError(None, type_)
        return None
    return _FITTING[type_.root](value, type_)


def of_python(value: Any) -> Any:
    """What NumPy and Pandas have as a value of Python; their missing values as None."""
    module = type(value).__module__
    if module == "numpy" and hasattr(value, "dtype"):
        if value.dtype.kind in "mM":
            in_microseconds = value.astype(f"{value.dtype.kind}8[us]")
            # Python's times have no finer ones: those are left as they are, and fit nothing.
            return in_microseconds.tolist() if (value == in_microseconds).all() or value != value else value
        return value.tolist()
    if module.startswith("pandas") and not isinstance(value, float) and str(value) in ("NaT", "<NA>"):
        return None
    return value


# ---- numbers ----------------------------------------------------------------------------------


def _boolean(value: Any, type_: SqlType) -> bool:
    if not isinstance(value, bool):
        raise MisfitError(value, type_, "such as true")
    return value


def _integer(value: Any, type_: SqlType) -> int:
    bits = _INTEGER_BITS[type_.root]
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise MisfitError(value, type_, "such as 3")
    if not isinstance(value, int) and not _is_whole(value):
        raise MisfitError(value, type_, "a whole number")
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise MisfitError(value, type_, f"from {-(2 ** (bits - 1))} to {2 ** (bits - 1) - 1}")
    return int(value)


def _is_whole(value: float | Decimal) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return value.is_finite() and value == value.to_integral_value()


def _approximate(value: Any, type_: SqlType) -> float | str:
    if isinstance(value, str) and value in _NOT_FINITE:
        return value
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise MisfitError(value, type_, "such as 0.5")
    if isinstance(value, Decimal) and not value.is_finite():
        raise MisfitError(value, type_)
    try:
        number = _nearest(value, type_)
    except OverflowError:
        number = math.inf
    if math.isinf(number) and not (isinstance(value, float) and math.isinf(value)):
        raise MisfitError(value, type_, f"{type_} has no number that is so far from 0")
    if number == 0 and value != 0:
        raise MisfitError(value, type_, f"{type_} has no number that is so near to 0")
    # Writers of JSON give a large DOUBLE by its shortest digits, as a whole number: that is the same number.
    if isinstance(value, int) and number != value and int(Decimal(repr(number))) != value:
        raise MisfitError(value, type_, f"{type_} has no such whole number: the nearest is {int(number)}")
    return number if math.isfinite(number) else _not_finite(number)


def _nearest(value: float | Decimal, type_: SqlType) -> float:
    if type_.root == "FLOAT":
        nearest: float = struct.unpack("f", struct.pack("f", float(value)))[0]
        return nearest
    return float(value)


def _not_finite(number: float) -> str:
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _decimal(value: Any, type_: SqlType) -> str:
    assert type_.precision is not None
    assert type_.scale is not None
    exact = exact_number(value)
    if exact is None:
        raise MisfitError(value, type_, "such as 1.50")
    sign, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)
    while len(digits) > 1 and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    before, behind = max(len(digits) + exponent, 0), max(-exponent, 0)
    if exact and (before > type_.precision - type_.scale or behind > type_.scale):
        hint = f"at most {type_.precision - type_.scale} digits before the point, and {type_.scale} behind it"
        raise MisfitError(value, type_, hint)
    return f"{Decimal((sign, digits, exponent)):f}" if exact else "0"


def exact_number(value: Any) -> Decimal | None:
    """A number, or a text that is one, as a Decimal; None for all else."""
    match value:
        case bool():
            return None
        case int() | Decimal():
            number = Decimal(value)
        case float():
            number = Decimal(repr(float(value)))
        case str() if _NUMBER.fullmatch(value):
            number = Decimal(value)
        case _:
            return None
    return number if number.is_finite() else None


# ---- text and bytes ---------------------------------------------------------------------------


def _text(value: Any, type_: SqlType) -> str:
    assert type_.length is not None
    if not isinstance(value, str):
        raise MisfitError(value, type_, "text in quotes")
    if len(value) > type_.length:
        raise MisfitError(value, type_, f"at most {type_.length} characters, and there are {len(value)}")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise MisfitError(value, type_, "text of Unicode, without half a character")
    return value


def _bytes(value: Any, type_: SqlType) -> str:
    assert type_.length is not None
    match value:
        case bytes() | bytearray() | memoryview():
            content = bytes(value)
        case str():
            try:
                content = base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError) as error:
                raise MisfitError(value, type_, "bytes, or base64 as text") from error
        case _:
            raise MisfitError(value, type_, "bytes, or base64 as text")
    if len(content) > type_.length:
        raise MisfitError(value, type_, f"at most {type_.length} bytes, and there are {len(content)}")
    return base64.b64encode(content).decode()


# ---- times ------------------------------------------------------------------------------------


def _date(value: Any, type_: SqlType) -> str:
    if isinstance(value, str) and _DATE.fullmatch(value):
        _of_calendar(date.fromisoformat, value, value, type_)
        return value
    if not isinstance(value, date) or isinstance(value, datetime):
        raise MisfitError(value, type_, "such as 2026-03-01")
    return value.isoformat()


def _time_of_day(value: Any, type_: SqlType) -> str:
    assert type_.precision is not None
    digits = ""
    text: str
    match value:
        case time() if value.tzinfo is None:
            digits = f"{value.microsecond:06}".rstrip("0")
            text = value.isoformat("seconds")
        case str() if found := _TIME_OF_DAY.fullmatch(value):
            digits = (found["fraction"] or "").rstrip("0")
            text = _of_calendar(time.fromisoformat, value.partition(".")[0], value, type_).isoformat(
                "seconds"
            )
        case _:
            raise MisfitError(value, type_, "such as 10:15:30")
    most = min(type_.precision, _MOST_TIME_DIGITS)
    if len(digits) > most:
        raise MisfitError(value, type_, f"at most {most} digits behind the second")
    return f"{text}.{digits}" if digits else text


def _timestamp(value: Any, type_: SqlType) -> str:
    """The wall clock, for both kinds of timestamp in UTC; what has no time zone is in UTC."""
    assert type_.precision is not None
    with_zone = type_.root == "TIMESTAMP_WITH_LOCAL_TIME_ZONE"
    match value:
        case datetime():
            instant = value
            # Of Pandas' timestamps, which are datetimes, too.
            digits = f"{value.microsecond:06}{getattr(value, 'nanosecond', 0):03}"
        case str() if found := _TIMESTAMP.fullmatch(value):
            seconds = (found["seconds"] or ":00")[:3]
            text = f"{found['day']}T{found['time'] or '00:00'}{seconds}{found['zone'] or ''}"
            instant = _of_calendar(datetime.fromisoformat, text, value, type_)
            digits = found["fraction"] or ""
        case _:
            such_as = "2026-03-01T10:15:30Z" if with_zone else "2026-03-01T10:15:30"
            raise MisfitError(value, type_, f"such as {such_as}")
    digits = digits.rstrip("0")
    if len(digits) > type_.precision:
        raise MisfitError(value, type_, f"at most {type_.precision} digits behind the second")
    try:
        in_utc = instant.astimezone(UTC) if instant.tzinfo else instant
    except OverflowError as error:
        raise MisfitError(value, type_, "in the years 1 to 9999") from error
    wall_clock = in_utc.strftime("%H:%M:%S") + (f".{digits}" if digits else "")
    return f"{in_utc.date().isoformat()}T{wall_clock}{'Z' if with_zone else ''}"


def _of_calendar(read: Callable[[str], Any], text: str, value: object, type_: SqlType) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise MisfitError(value, type_, str(error)) from error


def _interval(value: Any, type_: SqlType) -> int:
    if isinstance(value, timedelta) and type_.root == "INTERVAL_DAY_TIME" and not value % _MILLISECOND:
        return value // _MILLISECOND
    if not isinstance(value, int) or isinstance(value, bool):
        unit = "milliseconds" if type_.root == "INTERVAL_DAY_TIME" else "months"
        raise MisfitError(value, type_, f"a whole number of {unit}")
    bits = 64 if type_.root == "INTERVAL_DAY_TIME" else 32
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise MisfitError(value, type_)
    return value


# ---- nested -----------------------------------------------------------------------------------


def _array(value: Any, type_: SqlType) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise MisfitError(value, type_, "a list")
    return [_inside(inner, type_.children[0], f"[{place}]") for place, inner in enumerate(value)]


def _map(value: Any, type_: SqlType) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise MisfitError(value, type_, "an object of keys and values")
    if None in value:
        raise MisfitError(value, type_, "keys are text, and one is NULL")
    return {
        _inside(key, type_.children[0], f"[{shown(key)}]"): _inside(
            inner, type_.children[1], f"[{shown(key)}]"
        )
        for key, inner in value.items()
    }


def _multiset(value: Any, type_: SqlType) -> dict[str, int]:
    if not isinstance(value, Mapping) or None in value:
        raise MisfitError(value, type_, "an object of elements, each with how often it is there")
    return {
        _inside(key, type_.children[0], f"[{shown(key)}]"): _inside(count, _COUNT, f"[{shown(key)}]")
        for key, count in value.items()
    }


def _row(value: Any, type_: SqlType) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise MisfitError(value, type_, "an object of fields")
    unknown = next((name for name in value if name not in type_.names), None)
    if unknown is not None:
        raise MisfitError(value, type_, f"it has no field `{unknown}`")
    return {name: _inside(value.get(name), field, f".{name}") for name, field in type_.fields.items()}


def _inside(value: Any, type_: SqlType, step: str) -> Any:
    try:
        return fit(value, type_)
    except MisfitError as error:
        raise error.within(step) from None


_FITTING: dict[str, Callable[[Any, SqlType], Any]] = {
    "BOOLEAN": _boolean,
    **dict.fromkeys(_INTEGER_BITS, _integer),
    "FLOAT": _approximate,
    "DOUBLE": _approximate,
    "DECIMAL": _decimal,
    "CHAR": _text,
    "VARCHAR": _text,
    "BINARY": _bytes,
    "VARBINARY": _bytes,
    "DATE": _date,
    "TIME_WITHOUT_TIME_ZONE": _time_of_day,
    "TIMESTAMP_WITHOUT_TIME_ZONE": _timestamp,
    "TIMESTAMP_WITH_LOCAL_TIME_ZONE": _timestamp,
    "INTERVAL_DAY_TIME": _interval,
    "INTERVAL_YEAR_MONTH": _interval,
    "ARRAY": _array,
    "MAP": _map,
    "MULTISET": _multiset,
    "ROW": _row,
}
