"""Columns of text as those of the types that all their values are of: for CSV, which tells none."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# What stands for no value in a column of another type than text.
_NULLS = pa.array(
    ["", "null", "NULL", "Null", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "None"]
)
_WHOLE = r"^[-+]?[0-9]+$"
_LEADING_ZERO = r"^[-+]?0[0-9]"
_NUMBER = r"^-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$|^[-+]?([iI]nf|[iI]nfinity)$"
# As hexadecimal ids may look: numbers with a power of ten have a point or a sign.
_LIKE_AN_ID = r"^[0-9]+[eE][0-9]+$"
_POINT = r"\.|[eE][-+]"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[-+][0-9]{2}(:?[0-9]{2})?)?)?$"


def typed(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str | None]:
    """The column as the type that all its values are of, and why it is text where most look like numbers.

    Codes stay text: where one value has leading zeros, or more digits than 64 bits hold. So no two become one.
    """
    values = pc.if_else(pc.is_in(column, value_set=_NULLS), pa.scalar(None, pa.string()), column)
    if values.null_count == len(values):
        has_text = bool(pc.any(pc.not_equal(column, ""), min_count=0).as_py())
        return (column, None) if has_text else (pa.chunked_array([pa.nulls(len(column))]), None)
    if _all(values, "^(true|True|TRUE|false|False|FALSE)$"):
        return _cast(pc.utf8_lower(values), pa.bool_()), None
    if _all(values, _NUMBER) or _all(values, _WHOLE):
        return _typed_numbers(column, values)
    if _all(values, _TIME):
        return _typed_times(column, values), None
    if _all(values, r"^[0-9]{2}:[0-9]{2}:[0-9]{2}$"):
        return _try(column, lambda: _times_of_day(values)), None
    return column, None


def _typed_numbers(column: pa.ChunkedArray, values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str | None]:
    if zeros := _first(values, _LEADING_ZERO):
        return column, f"{zeros!r} has leading zeros"
    if _all(values, _WHOLE):
        try:
            return _cast(values, pa.int64()), None
        except pa.ArrowInvalid:
            return column, "a whole number is beyond 64 bits"
    if (like_id := _first(values, _LIKE_AN_ID)) and not _first(values, _POINT):
        return column, f"{like_id!r} may be an id"
    found = _cast(values, pa.float64())
    is_whole = pc.fill_null(pc.match_substring_regex(values, _WHOLE), False)
    whole = pc.if_else(is_whole, values, pa.scalar(None, pa.string()))
    try:
        # Arrow refuses whole numbers that a DOUBLE would round.
        _cast(_cast(whole, pa.int64()), pa.float64())
    except pa.ArrowInvalid:
        return column, "a whole number has more digits than a DOUBLE holds"
    return found, None


def _typed_times(column: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if _all(values, "^.{10}$"):
        return _try(column, lambda: _cast(values, pa.date32()))
    fine = _first(values, r"\.[0-9]{7,}") is not None
    unit = (
        "ns" if fine else "us" if _first(values, r"\.[0-9]{4,}") else "ms" if _first(values, r"\.") else "s"
    )
    with_zone = r"[Z]$|[-+][0-9]{2}(:?[0-9]{2})?$"
    marked = pc.fill_null(pc.match_substring_regex(values, rf":[0-9.]+({with_zone})"), False)
    if pc.any(marked).as_py() and not pc.all(pc.or_(marked, values.is_null())).as_py():
        return column
    zone = "UTC" if pc.any(marked).as_py() else None
    return _try(column, lambda: _cast(values, pa.timestamp(unit, zone)))


def _times_of_day(values: pa.ChunkedArray) -> pa.ChunkedArray:
    # Arrow has no cast from text to a time of day.
    of_a_day = pc.binary_join_element_wise(pa.scalar("1970-01-01 "), values, "")
    return of_a_day.cast(pa.timestamp("ms")).cast(pa.time32("ms"))


def _try(column: pa.ChunkedArray, cast: object) -> pa.ChunkedArray:
    try:
        return cast()  # type: ignore[operator]
    except pa.ArrowInvalid:
        return column


def _cast(values: pa.ChunkedArray, type_: pa.DataType) -> pa.ChunkedArray:
    return values.cast(type_)


def _all(values: pa.ChunkedArray, pattern: str) -> bool:
    # Most columns are told from a few values.
    return all(
        pc.all(pc.match_substring_regex(some, pattern), min_count=0).as_py()
        for some in (values.slice(0, 100), values)
    )


def _first(values: pa.ChunkedArray, pattern: str) -> str | None:
    place = pc.index(pc.fill_null(pc.match_substring_regex(values, pattern), False), True).as_py()
    return None if place < 0 else values[place].as_py()
