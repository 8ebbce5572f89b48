"""What a rule's test expects of values: whether it can be, and whether it is."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyflink_cep import _events
from pyflink_cep._fit import MisfitError, exact_number, fit

if TYPE_CHECKING:
    from pyflink_cep._sql_type import SqlType

_TIMES = (
    "BIGINT",
    "TIMESTAMP_WITHOUT_TIME_ZONE",
    "TIMESTAMP_WITH_LOCAL_TIME_ZONE",
    "TIME_WITHOUT_TIME_ZONE",
)


def check_comparable(written: Any, type_: SqlType) -> None:
    """Refuses a value that no value of a type is equal to.

    Raises:
        MisfitError: It is such.
    """
    match type_.root, written:
        case _, None:
            return
        case (("FLOAT" | "DOUBLE"), (int() | float() | Decimal())) if not isinstance(written, bool):
            return
        case root, str() if root in _TIMES and _reads_as_time(written, root):
            return
        case (("TIMESTAMP_WITHOUT_TIME_ZONE" | "TIMESTAMP_WITH_LOCAL_TIME_ZONE"), int()) if (
            type(written) is int
        ):
            return
        case "ARRAY", list():
            for place, inner in enumerate(written):
                _check_inside(inner, type_.children[0], f"[{place}]")
        case "MAP", Mapping():
            for name, inner in written.items():
                _check_inside(inner, type_.children[1], f".{name}")
        case "ROW", Mapping() if set(written) == set(type_.names):
            for name, field in type_.fields.items():
                _check_inside(written[name], field, f".{name}")
        case "ROW", _:
            raise MisfitError(written, type_, f"an object of all its fields: {', '.join(type_.names)}")
        case _:
            fit(written, type_)


def _check_inside(written: Any, type_: SqlType, step: str) -> None:
    try:
        check_comparable(written, type_)
    except MisfitError as error:
        raise error.within(step) from None


def _reads_as_time(written: str, root: str) -> bool:
    try:
        (time if root == "TIME_WITHOUT_TIME_ZONE" else datetime).fromisoformat(written)
    except ValueError:
        return False
    return True


def equal(written: Any, found: Any) -> bool:
    """Whether a value is the one that a document, which has only JSON's types, wrote.

    Approximate numbers are equal to nine digits, exact ones exactly; a timestamp is equal to its text and to its
    milliseconds, a time of day to each text of it, an interval to its milliseconds, and bytes to their base64.

    Example:
        >>> equal(1.9, 0.4 + 0.6 + 0.9), equal(740.0, Decimal("740.00")), equal(1, True)
        (True, True, False)
        >>> equal("2024-05-01T09:00:00Z", datetime(2024, 5, 1, 9, tzinfo=UTC)), equal("10:15", time(10, 15))
        (True, True)
    """
    if isinstance(written, bool) or isinstance(found, bool):
        return written is found
    match found:
        case Decimal():
            return exact_number(written) == found
        case float() if isinstance(written, int | float | Decimal):
            return written == found or math.isclose(written, found, rel_tol=1e-9) or _are_nan(written, found)
        case datetime() if isinstance(written, int):
            return written == _events.to_milliseconds(found, "")
        case datetime() if isinstance(written, str | datetime):
            return _same_instant(written, found)
        case date() if isinstance(written, str):
            return written == found.isoformat()
        case time() if isinstance(written, str):
            return _same_time(written, found)
        case timedelta() if isinstance(written, int):
            return timedelta(milliseconds=written) == found
        case bytes() if isinstance(written, str):
            return written == base64.b64encode(found).decode()
        case int() if isinstance(written, datetime):
            return _events.to_milliseconds(written, "") == found
        case int() if isinstance(written, str):
            # The time of an event, in a column of milliseconds.
            return _same_instant(written, _events.EPOCH + timedelta(milliseconds=found))
        case Mapping() if isinstance(written, Mapping):
            return set(written) == set(found) and all(equal(v, found[name]) for name, v in written.items())
        case list() if isinstance(written, list):
            return len(written) == len(found) and all(map(equal, written, found))
    return bool(written == found)


def _are_nan(*numbers: float | Decimal) -> bool:
    return all(number != number for number in numbers)


def _same_time(written: str, found: time) -> bool:
    try:
        return time.fromisoformat(written) == found
    except ValueError:
        return False


def _same_instant(written: str | datetime, found: datetime) -> bool:
    try:
        instant = datetime.fromisoformat(written) if isinstance(written, str) else written
    except ValueError:
        return False
    if (instant.tzinfo is None) != (found.tzinfo is None):
        # Without a time zone both are in UTC.
        instant, found = (value if value.tzinfo else value.replace(tzinfo=UTC) for value in (instant, found))
    return instant == found
