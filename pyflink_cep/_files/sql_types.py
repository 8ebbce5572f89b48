"""Arrow's types as Flink SQL's, and Arrow's values as the JSON that Flink reads them from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from pyflink_cep import _events

if TYPE_CHECKING:
    from pyflink_cep._sql_type import SqlType

# Of JSON's strings: a quote, a backslash or a control character.
_NEEDS_ESCAPE = '["\\\\\\x00-\\x1f]'
_MAX_DECIMAL_DIGITS = 38
# The first and the last value of the years 1 to 9999, by the unit of a time.
FAR_TIMES = {"day": (-719_162, 2_932_896)} | {
    unit: (-62_135_596_800 * a_second, 253_402_300_800 * a_second - 1)
    if unit != "ns"
    else (-(2**63), 2**63 - 1)
    for unit, a_second in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9))
}
_FRACTION_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_SCALARS = {
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INT",
    pa.int64(): "BIGINT",
    pa.uint8(): "SMALLINT",
    pa.uint16(): "INT",
    pa.uint32(): "BIGINT",
    pa.uint64(): "DECIMAL(20, 0)",
    pa.float16(): "FLOAT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.string(): "STRING",
    pa.large_string(): "STRING",
    pa.null(): "STRING",
    pa.binary(): "BYTES",
    pa.large_binary(): "BYTES",
    pa.date32(): "DATE",
    pa.date64(): "DATE",
}


_ARROW = {
    "BOOLEAN": pa.bool_(),
    "TINYINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "CHAR": pa.string(),
    "VARCHAR": pa.string(),
    "BINARY": pa.binary(),
    "VARBINARY": pa.binary(),
    "DATE": pa.date32(),
    "TIME_WITHOUT_TIME_ZONE": pa.time32("ms"),
}


def sql_type(type_: pa.DataType) -> str | None:
    """The SQL type of an Arrow type, or None where there is none.

    Example:
        >>> sql_type(pa.struct([("lat", pa.float64()), ("seen", pa.timestamp("ms", "UTC"))]))
        'ROW<`lat` DOUBLE, `seen` TIMESTAMP_LTZ(3)>'
    """
    if type_ in _SCALARS:
        return _SCALARS[type_]
    if pa.types.is_timestamp(type_):
        return f"TIMESTAMP{'' if type_.tz is None else '_LTZ'}({_FRACTION_DIGITS[type_.unit]})"
    if pa.types.is_time(type_):
        return "TIME(3)"
    if pa.types.is_decimal(type_):
        fits = type_.precision <= _MAX_DECIMAL_DIGITS and 0 <= type_.scale <= type_.precision
        return f"DECIMAL({type_.precision}, {type_.scale})" if fits else None
    if pa.types.is_fixed_size_binary(type_):
        return "BYTES"
    if pa.types.is_dictionary(type_):
        return sql_type(type_.value_type)
    return _nested_sql_type(type_)


def _nested_sql_type(type_: pa.DataType) -> str | None:
    if pa.types.is_map(type_):
        key, value = sql_type(type_.key_type), sql_type(type_.item_type)
        # The names of a JSON object are text.
        return f"MAP<STRING, {value}>" if key == "STRING" and value is not None else None
    if pa.types.is_struct(type_):
        fields = [(field.name, sql_type(field.type)) for field in type_]
        if not fields or any(inner is None for _, inner in fields):
            return None
        return f"ROW<{', '.join(f'{quote(name)} {inner}' for name, inner in fields)}>"
    if pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_):
        element = sql_type(type_.value_type)
        return None if element is None else f"ARRAY<{element}>"
    return None


def arrow_type(type_: SqlType) -> pa.DataType:
    """The Arrow type that holds the values of a SQL type."""
    match type_.root:
        case "DECIMAL":
            return pa.decimal128(type_.precision, type_.scale)
        case "TIMESTAMP_WITHOUT_TIME_ZONE" | "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
            precision = type_.precision or 0
            unit = next(unit for unit, digits in _FRACTION_DIGITS.items() if precision <= digits)
            return pa.timestamp(unit, "UTC" if type_.root.endswith("LOCAL_TIME_ZONE") else None)
        case "ARRAY":
            return pa.list_(arrow_type(type_.children[0]))
        case "MAP":
            return pa.map_(pa.string(), arrow_type(type_.children[1]))
        case "ROW":
            return pa.struct([(name, arrow_type(field)) for name, field in type_.fields.items()])
    return _ARROW[type_.root]


def quote(name: str) -> str:
    """The name as an identifier of SQL.

    Example:
        >>> quote("a`b")
        '`a``b`'
    """
    return "`" + name.replace("`", "``") + "`"


def json_lines(batch: pa.RecordBatch) -> bytes:
    r"""The rows as JSON objects, one a line, in the form that Flink's JSON format with ISO-8601 timestamps reads.

    Example:
        >>> json_lines(pa.record_batch({"card": ["a", None], "amount": [0.5, 7.0]}))
        b'{"card":"a","amount":0.5}\n{"card":null,"amount":7}\n'
    """
    parts: list[pa.Array | pa.Scalar] = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        parts += [pa.scalar(f"{',' if parts else '{'}{json.dumps(name)}:"), _json_texts(column)]
    lines = pc.binary_join_element_wise(*parts, pa.scalar("}\n"), "")
    # The texts of an Arrow array lie one after the other: there is the file.
    return bytes(lines.buffers()[2])


def _json_texts(column: pa.Array) -> pa.Array:
    type_ = column.type
    if pa.types.is_dictionary(type_):
        return _json_texts(column.cast(type_.value_type))
    if pa.types.is_float16(type_):
        return _json_texts(column.cast(pa.float32()))
    if pa.types.is_null(type_):
        return pa.array(["null"] * len(column))
    if _reads_as_json(column):
        texts = column.cast(pa.string())
    elif pa.types.is_string(type_) and not _any_needs_escape(column):
        texts = _quoted(column)
    elif pa.types.is_date(type_):
        texts = _quoted(column.cast(pa.string()))
    elif pa.types.is_timestamp(type_):
        wall_clock = column.cast(pa.timestamp(type_.unit))
        iso = pc.replace_substring(wall_clock.cast(pa.string()), " ", "T")
        texts = _quoted(iso, "" if type_.tz is None else "Z")
    else:
        return pa.array([json.dumps(_plain(value.as_py(), type_)) for value in column], pa.string())
    return pc.fill_null(texts, "null")


def _reads_as_json(column: pa.Array) -> bool:
    """Whether the texts of the values are JSON's, as those of numbers are, but for NaN and the infinities."""
    type_ = column.type
    if pa.types.is_floating(type_):
        return bool(pc.all(pc.is_finite(column), min_count=0).as_py())
    return bool(pa.types.is_boolean(type_) or pa.types.is_integer(type_) or pa.types.is_decimal(type_))


def _any_needs_escape(column: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, _NEEDS_ESCAPE), min_count=0).as_py())


def _quoted(texts: pa.Array, suffix: str = "") -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar('"'), texts, pa.scalar(f'{suffix}"'), "")


def _plain(value: Any, type_: pa.DataType) -> Any:
    """The value as JSON's types; a map comes from Arrow as a list of pairs."""
    if value is None:
        return None
    if pa.types.is_map(type_):
        return {name: _plain(inner, type_.item_type) for name, inner in value}
    if pa.types.is_struct(type_):
        return {field.name: _plain(value[field.name], field.type) for field in type_}
    if isinstance(value, list):
        return [_plain(inner, type_.value_type) for inner in value]
    return _events.to_json(value)
