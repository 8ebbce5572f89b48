"""The rows of a table, as values of Python."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyflink_cep._keywords import known_keywords
from pyflink_cep.errors import Diagnostic, InputError, wrong_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyflink.table import Table

_EPOCH = datetime(1970, 1, 1)
_FIRST_DAY = date(1970, 1, 1).toordinal()
# Types whose values are lists or dicts, which are no keys of a dict.
_NOT_HASHABLE = {"ARRAY", "MAP", "MULTISET", "ROW", "STRUCTURED_TYPE", "VARIANT"}


@known_keywords
def collect(table: Table, *, limit: int | None = None) -> list[dict[str, Any]]:
    """Runs a job that reads a table, and gives its rows.

    Each value is exact, in each time zone of the session and of the process. PyFlink's own `collect` and `to_pandas`
    fail on some values, and change others.

    | SQL | Python |
    | --- | --- |
    | BOOLEAN, STRING, CHAR, VARCHAR, BYTES, BINARY | `bool`, `str`, `bytes` |
    | TINYINT to BIGINT | `int` |
    | FLOAT, DOUBLE | `float`, with `nan` and `inf` |
    | DECIMAL | `Decimal`, with its scale |
    | DATE, TIME | `date`, `time` |
    | TIMESTAMP | `datetime` without a zone: what the clock on the wall shows |
    | TIMESTAMP_LTZ | `datetime` in UTC: the moment |
    | INTERVAL of days and seconds | `timedelta` |
    | INTERVAL of years and months | `int`, the months |
    | ARRAY | `list` |
    | ROW | `dict` by the names of its fields |
    | MAP | `dict`; a `list` of pairs where the keys are rows, arrays or maps |
    | MULTISET | the same, with how often as the values |
    | VARIANT | what its JSON is |
    | NULL, anywhere | `None` |

    Python's times have microseconds. A TIMESTAMP(7) to (9) that has more digits is an error rather than another time.

    Where the query updates or deletes rows, as one with GROUP BY does, the result is what is left at its end.

    Args:
        table: A Table of any environment.
        limit: End the job after so many rows. A table that has no end needs it; one that updates rows can't have it.

    Returns:
        The rows, in the order in which they come.

    Raises:
        InputError: A column or a value is one that Python doesn't have, or there is a limit though rows are updated.
        FlinkError: The job can't be started, or fails.
        ArgumentTypeError: An argument is of another type.
        JarNotFoundError: This is a source checkout whose jar was not built.
        JavaError: There is no Java, or one that is too old.

    Example:
        >>> from pyflink.datastream import StreamExecutionEnvironment
        >>> from pyflink.table import StreamTableEnvironment
        >>> from pyflink_cep import collect
        >>> tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
        >>> collect(tables.sql_query("SELECT 'p1' AS id, 0.40 AS amount, TO_TIMESTAMP_LTZ(1500, 3) AS paid_at"))
        [{'id': 'p1', 'amount': Decimal('0.40'),
          'paid_at': datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=datetime.timezone.utc)}]
    """
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool)):
        raise wrong_type("limit", "an int, or None", limit)
    if limit is not None and limit < 0:
        raise InputError(
            Diagnostic(code="wrong-limit", location="limit", message=f"expected 0 or more, found {limit}")
        )
    # Flink's modules take a second to import, which patterns and their documents do without.
    from pyflink_cep import _gateway

    type_, changes = _gateway.collect(table, limit)
    columns = [(name, _reader(child)) for name, child in zip(type_["names"], type_["children"], strict=True)]
    return [_read_row(number, json.loads(row), columns) for number, row in enumerate(_left(changes))]


def _left(changes: Iterator[str]) -> Iterator[str]:
    """The rows that are left: + adds one, and - takes away one that is the same."""
    rows: dict[int, str] = {}
    places: dict[str, list[int]] = {}
    for number, change in enumerate(changes):
        row = change[1:]
        if change[0] == "+":
            rows[number] = row
            places.setdefault(row, []).append(number)
        else:
            del rows[places[row].pop()]
    return iter(rows.values())


def _read_row(
    number: int, values: list[Any], columns: list[tuple[str, Callable[[Any], Any]]]
) -> dict[str, Any]:
    row = {}
    for (name, read), value in zip(columns, values, strict=True):
        try:
            row[name] = read(value)
        except _NoValueError as error:
            raise InputError(
                Diagnostic(
                    code="unsupported-value",
                    location=f"row {number}",
                    message=f"`{name}` {error.message}",
                    hint=error.hint.format(name=name),
                )
            ) from None
    return row


class _NoValueError(Exception):
    """A value of SQL that Python doesn't have."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message, self.hint = message, hint


def _reader(type_: Mapping[str, Any]) -> Callable[[Any], Any]:
    """What makes Python's value of one that `RowJson` has written."""
    read = _not_null_reader(type_)
    return lambda value: None if value is None else read(value)


def _not_null_reader(type_: Mapping[str, Any]) -> Callable[[Any], Any]:
    children = [_reader(child) for child in type_["children"]]
    match type_["root"]:
        case "FLOAT" | "DOUBLE":
            return float
        case "DECIMAL":
            return Decimal
        case "BINARY" | "VARBINARY":
            return base64.b64decode
        case "DATE":
            return _date
        case "TIME_WITHOUT_TIME_ZONE":
            return lambda milliseconds: (_EPOCH + timedelta(milliseconds=milliseconds)).time()
        case "TIMESTAMP_WITHOUT_TIME_ZONE":
            return lambda value: _datetime(value, "TIMESTAMP(6)")
        case "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
            return lambda value: _datetime(value, "TIMESTAMP_LTZ(6)").replace(tzinfo=UTC)
        case "INTERVAL_DAY_TIME":
            return _timedelta
        case "ARRAY":
            return lambda values: list(map(children[0], values))
        case "MAP" | "MULTISET":
            key = children[0]
            value: Callable[[Any], Any] = children[1] if type_["root"] == "MAP" else int
            if type_["children"][0]["root"] in _NOT_HASHABLE:
                return lambda pairs: [(key(name), value(inner)) for name, inner in pairs]
            return lambda pairs: _dict([(key(name), value(inner)) for name, inner in pairs])
        case "ROW" | "STRUCTURED_TYPE":
            fields = list(zip(type_["names"], children, strict=True))
            return lambda values: {
                name: read(inner) for (name, read), inner in zip(fields, values, strict=True)
            }
        case "DISTINCT_TYPE":
            return children[0]
    # BOOLEAN, whole numbers, months, text, VARIANT, NULL.
    return lambda value: value


def _date(days: int) -> date:
    try:
        return date.fromordinal(_FIRST_DAY + days)
    except (ValueError, OverflowError):
        raise _out_of_range(f"is {days} days after 1970-01-01") from None


def _datetime(value: tuple[int, int], cast: str) -> datetime:
    milliseconds, nanoseconds = value
    microseconds, rest = divmod(nanoseconds, 1000)
    try:
        time_ = _EPOCH + timedelta(milliseconds=milliseconds, microseconds=microseconds)
    except OverflowError:
        raise _out_of_range(f"is {milliseconds} ms after 1970-01-01T00:00") from None
    if rest:
        raise _NoValueError(
            f"is {time_.isoformat()} and {rest} ns, and Python's datetime has no nanoseconds",
            f"select CAST(`{{name}}` AS {cast}), or AS STRING",
        )
    return time_


def _timedelta(milliseconds: int) -> timedelta:
    try:
        return timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise _out_of_range(f"is {milliseconds} ms") from None


def _out_of_range(message: str) -> _NoValueError:
    return _NoValueError(
        f"{message}, which is more than Python's type has", "select CAST(`{name}` AS STRING)"
    )


def _dict(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    found = dict(pairs)
    # 0.0 and -0.0 are two keys in SQL.
    if len(found) < len(pairs):
        raise _NoValueError(
            "is a map with keys that are equal in Python",
            "select MAP_KEYS(`{name}`) and MAP_VALUES(`{name}`)",
        )
    return found
