"""Python's values as events for the JVM: their SQL types, their JSON, and their times."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyflink_cep._fit import of_python
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from pyflink_cep._sql_type import SqlType

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# After so long the calendar is the same again: 400 years.
_CALENDAR = timedelta(days=146_097)
_DECIMAL = "DECIMAL(38, 18)"
_DECIMAL_LIMIT = Decimal(10) ** 20


@dataclass(frozen=True, slots=True)
class _Array:
    element: Type

    def __str__(self) -> str:
        return f"ARRAY<{_sql(self.element)}>"


@dataclass(frozen=True, slots=True)
class _Row:
    fields: Mapping[str, Type]

    def __str__(self) -> str:
        fields = ", ".join(f"{_quote(name)} {_sql(type_)}" for name, type_ in self.fields.items())
        return f"ROW<{fields}>"


# A SQL type; None while only None was seen.
Type = str | _Array | _Row | None


def infer_schema(events: Iterable[tuple[int, Mapping[str, Any]]]) -> dict[str, str]:
    """The SQL type of each field; STRING where only None was seen.

    Args:
        events: Events with their places, which errors name.

    Raises:
        InputError: A value has no SQL type, or one that doesn't go with those of other events.
    """
    return to_sql(infer_types(events))


def infer_types(
    events: Iterable[tuple[int, Mapping[str, Any]]], wrong: list[tuple[int, str, Diagnostic]] | None = None
) -> dict[str, Type]:
    """The type of each field, as far as the values tell it.

    Args:
        events: Events with their places, which errors name.
        wrong: Takes what is wrong, with the event's place and the field.

    Raises:
        InputError: A value has no SQL type, or one that doesn't go with those of other events, and `wrong` is None.
    """
    types: dict[str, Type] = {}
    for place, event in events:
        for field, value in event.items():
            location = f"events[{place}]"
            try:
                found = _type_of(value, location, field)
                types[field] = _merge(types.get(field), found, location, field)
            except InputError as error:
                if wrong is None:
                    raise
                wrong += [(place, field, diagnostic) for diagnostic in error.diagnostics]
    return types


def to_sql(types: Mapping[str, Type]) -> dict[str, str]:
    """The types as SQL writes them; STRING where they aren't known.

    Example:
        >>> to_sql(infer_types([(0, {"amount": 0.5, "note": None, "at": {"lat": 1.5}})]))
        {'amount': 'DOUBLE', 'note': 'STRING', 'at': 'ROW<`lat` DOUBLE>'}
    """
    return {field: _sql(type_) for field, type_ in types.items()}


def filled(known: Type, other: Type) -> Type:
    """A type, with what it doesn't tell from another one.

    Example:
        >>> known, other = (infer_types([(0, {"at": at})])["at"] for at in ({"lat": None, "n": 1}, {"lat": 1.5}))
        >>> str(filled(known, other))
        'ROW<`lat` DOUBLE, `n` BIGINT>'
    """
    if known is None:
        return other
    if isinstance(known, _Array) and isinstance(other, _Array):
        return _Array(filled(known.element, other.element))
    if isinstance(known, _Row) and isinstance(other, _Row):
        names = {**known.fields, **other.fields}
        return _Row({name: filled(known.fields.get(name), other.fields.get(name)) for name in names})
    return known


def _type_of(value: Any, location: str, field: str) -> Type:
    value = of_python(value)
    match value:
        case None:
            return None
        case bool():
            return "BOOLEAN"
        case int() if -(2**63) <= value < 2**63:
            return "BIGINT"
        case float():
            return "DOUBLE"
        case str():
            return "STRING"
        case Decimal() if value.is_finite() and abs(value) < _DECIMAL_LIMIT and value == round(value, 18):
            return _DECIMAL
        case bytes():
            return "BYTES"
        case datetime():
            kind = "TIMESTAMP" if value.tzinfo is None else "TIMESTAMP_LTZ"
            return f"{kind}({_fraction_digits(value)})"
        case date():
            return "DATE"
        case time():
            return "TIME(3)"
        case Mapping() if all(isinstance(name, str) for name in value):
            return _Row({name: _type_of(inner, location, f"{field}.{name}") for name, inner in value.items()})
        case list() | tuple():
            element: Type = None
            for inner in value:
                element = _merge(element, _type_of(inner, location, field), location, field)
            return _Array(element)
    raise InputError(
        Diagnostic(
            code="unsupported-value",
            location=location,
            message=f"`{field}` is {value!r} of type {type(value).__name__}, which has no SQL type here",
            hint=f"pass schema= with a type for `{field}`" if isinstance(value, int | Decimal) else None,
        )
    )


def _fraction_digits(value: datetime) -> int:
    """How many digits of the second a time needs. Those of Pandas, which are datetimes, have up to nine."""
    if getattr(value, "nanosecond", 0):
        return 9
    return 6 if value.microsecond % 1000 else 3


def _merge(known: Type, found: Type, location: str, field: str) -> Type:
    if known is None or found is None or known == found:
        return found if known is None else known
    if isinstance(known, _Array) and isinstance(found, _Array):
        return _Array(_merge(known.element, found.element, location, field))
    if isinstance(known, _Row) and isinstance(found, _Row):
        return _Row(
            {
                name: _merge(known.fields.get(name), found.fields.get(name), location, f"{field}.{name}")
                for name in {**known.fields, **found.fields}
            }
        )
    if {known, found} in ({"BIGINT", "DOUBLE"}, {"BIGINT", _DECIMAL}):
        return found if known == "BIGINT" else known
    if isinstance(known, str) and isinstance(found, str) and known[:-3] == found[:-3] and "STAMP" in known:
        return max(known, found)
    raise InputError(
        Diagnostic(
            code="conflicting-types",
            location=location,
            message=f"`{field}` is {_sql(found)}, but {_sql(known)} in events before it",
            hint="give all events the same type, or pass schema=",
        )
    )


def _sql(type_: Type) -> str:
    return "STRING" if type_ is None else str(type_)


def _quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def to_json(value: Any) -> Any:
    """The value as Flink's JSON format has it."""
    match value:
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case datetime():
            if value.tzinfo is not None:
                return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
            return value.isoformat()
        case date() | time():
            return value.isoformat()
        case Decimal():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case Mapping():
            return {str(name): to_json(inner) for name, inner in value.items()}
        case list() | tuple():
            return [to_json(inner) for inner in value]
    return value


def from_json(value: Any, type_: SqlType) -> Any:
    """The value of a SQL type, read from Flink's JSON format, whose decimals are exact."""
    if value is None:
        return None
    children = type_.children
    match type_.root:
        case "FLOAT" | "DOUBLE":
            return float(value)
        case "DECIMAL":
            return Decimal(value)
        case "DATE":
            return _from_iso(date, value)
        case "TIME_WITHOUT_TIME_ZONE":
            return time.fromisoformat(value)
        case "TIMESTAMP_WITHOUT_TIME_ZONE" | "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
            return _from_iso(datetime, value)
        case "INTERVAL_DAY_TIME":
            return value * _MILLISECOND
        case "BINARY" | "VARBINARY":
            return base64.b64decode(value)
        case "ROW":
            return {name: from_json(value[name], child) for name, child in type_.fields.items()}
        case "ARRAY":
            return [from_json(inner, children[0]) for inner in value]
        case "MAP":
            return {name: from_json(inner, children[1]) for name, inner in value.items()}
    return value


def _from_iso(type_: type[date], text: str) -> date | str:
    """The date or datetime; the text itself where its year is not one of Python's, which are 1 to 9999."""
    try:
        return type_.fromisoformat(text)
    except ValueError:
        return text


def to_milliseconds(instant: Any, location: str) -> int:
    """A time in milliseconds; a datetime without a time zone is in UTC.

    Raises:
        InputError: It is neither an int of 64 bits nor a datetime.
    """
    if isinstance(instant, datetime):
        return ((instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - EPOCH) // _MILLISECOND
    message = f"expected a time in milliseconds or a datetime, found {instant!r}"
    if isinstance(instant, int) and not isinstance(instant, bool):
        if -(2**63) <= instant < 2**63:
            return instant
        message = f"{instant} is no time: its milliseconds don't fit 64 bits"
    raise InputError(Diagnostic(code="wrong-time", location=location, message=message))


def fraction(time: int | datetime) -> int:
    """What a time is after its millisecond, in nanoseconds. Those of Pandas, which are datetimes, have nanoseconds."""
    if not isinstance(time, datetime):
        return 0
    return time.microsecond % 1000 * 1000 + getattr(time, "nanosecond", 0)


def from_milliseconds(milliseconds: int, like: int | datetime) -> int | datetime | str:
    """The time as a value of the same kind as another one; as text where its year is not one of Python's.

    Example:
        >>> from_milliseconds(253_402_300_799_000, EPOCH), from_milliseconds(253_402_300_800_000, EPOCH)
        (datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.timezone.utc), '+10000-01-01T00:00:00.000Z')
    """
    if not isinstance(like, datetime):
        return milliseconds
    try:
        instant = EPOCH + milliseconds * _MILLISECOND
        return instant.astimezone(like.tzinfo) if like.tzinfo else instant.replace(tzinfo=None)
    except OverflowError:
        return _far_time(milliseconds) + ("Z" if like.tzinfo else "")


def _far_time(milliseconds: int) -> str:
    """A time in UTC as Java writes it, in any year."""
    cycles, rest = divmod(milliseconds, _CALENDAR // _MILLISECOND)
    near = EPOCH + rest * _MILLISECOND
    year = near.year + 400 * cycles
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{near.replace(tzinfo=None).isoformat(timespec='milliseconds')[5:]}"
