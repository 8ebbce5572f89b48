"""The columns of several files as one: of types that SQL has, and with all values as they were."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pyflink_cep._files.json_values import DIGITS
from pyflink_cep._files.sql_types import FAR_TIMES, sql_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_INTEGERS = {pa.int8(): 8, pa.int16(): 16, pa.int32(): 32, pa.int64(): 64}
_SIMPLER = {
    pa.float16(): pa.float32(),
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
    pa.large_binary(): pa.binary(),
    pa.date64(): pa.date32(),
}
_UNITS = ("s", "ms", "us", "ns")


class UnfitError(ValueError):
    """Values that can't be of one type, or of none that SQL has.

    Attributes:
        row: Where such a value is, or None.
    """

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


# ---- to the types that SQL has ----------------------------------------------------------------


def canonical(
    column: pa.ChunkedArray,
    name: str,
    note: Callable[[str, str, int | None], None],
    text: pa.DataType,
) -> pa.ChunkedArray | None:
    """A column with one Arrow type for each SQL type; None where that is impossible.

    Args:
        column: The column.
        name: What it is called.
        note: Takes what is left out: the path of the column or of a field in it, why, and the row or None.
        text: What large text is; `DIGITS` where a reader uses it for digits.
    """
    chunks = []
    first = 0
    for chunk in column.chunks or [pa.array([], column.type)]:

        def at_row(path: str, why: str, row: int | None, first: int = first) -> None:
            note(path, why, None if row is None else first + row)

        try:
            chunks.append(_canonical(chunk, name, at_row, text))
        except UnfitError as error:
            at_row(name, str(error), error.row)
            return None
        first += len(chunk)
    if any(chunk.type != chunks[0].type for chunk in chunks):
        note(name, f"`{name}` has fields of types that Flink SQL has none for", None)
        return None
    return pa.chunked_array(chunks)


def _canonical(
    array: pa.Array, path: str, note: Callable[[str, str, int | None], None], text: pa.DataType
) -> pa.Array:
    type_ = array.type
    if pa.types.is_dictionary(type_):
        return _canonical(array.dictionary_decode(), path, note, text)
    if pa.types.is_run_end_encoded(type_):
        return _canonical(pc.run_end_decode(array), path, note, text)
    if isinstance(type_, pa.BaseExtensionType):
        return _canonical(array.storage, path, note, text)
    if pa.types.is_struct(type_):
        return _canonical_struct(array, path, note, text)
    if pa.types.is_map(type_) or pa.types.is_nested(type_):
        return _canonical_list(array, path, note, text)
    if pa.types.is_large_string(type_) and text != DIGITS:
        array = array.cast(pa.string())
    elif type_ in _SIMPLER:
        array = array.cast(_SIMPLER[type_])
    elif pa.types.is_fixed_size_binary(type_):
        array = array.cast(pa.binary())
    elif pa.types.is_time(type_):
        array = _exactly(
            array, pa.time32("ms"), f"`{path}` has a time of day that is finer than milliseconds"
        )
    elif pa.types.is_timestamp(type_) and type_.tz not in (None, "UTC"):
        array = array.cast(pa.timestamp(type_.unit, "UTC"))
    elif pa.types.is_decimal(type_) and type_.scale < 0:
        array = array.cast(pa.decimal128(min(type_.precision - type_.scale, 38), 0))
    elif pa.types.is_null(type_):
        return array
    if sql_type(array.type) is None:
        raise UnfitError(f"`{path}` is of Arrow's type {type_}, which Flink SQL has none for")
    _check_values(array, path)
    return array


def _check_values(array: pa.Array, path: str) -> None:
    type_ = array.type
    if pa.types.is_string(type_) or type_ == DIGITS:
        try:
            array.validate(full=True)
        except pa.ArrowInvalid as error:
            raise UnfitError(f"`{path}` is not UTF-8") from error
    elif pa.types.is_timestamp(type_) or pa.types.is_date32(type_):
        unit = "day" if pa.types.is_date32(type_) else type_.unit
        least, most = FAR_TIMES[unit]
        numbers = array.view(pa.int32() if unit == "day" else pa.int64())
        far = pc.fill_null(pc.or_(pc.less(numbers, least), pc.greater(numbers, most)), False)
        if pc.any(far, min_count=0).as_py():
            message = f"`{path}` has a time that is not in the years 1 to 9999"
            raise UnfitError(message, int(np.argmax(far.to_numpy(zero_copy_only=False))))


def _canonical_struct(
    array: pa.StructArray, path: str, note: Callable[[str, str, int | None], None], text: pa.DataType
) -> pa.Array:
    children = {}
    names = [field.name for field in array.type]
    for place, field in enumerate(array.type):
        inner = f"{path}.{field.name}"
        try:
            if names.count(field.name) > 1 or not field.name.strip():
                raise UnfitError(f"`{inner}` is the name of several fields, or none")
            children[field.name] = _canonical(array.field(place), inner, note, text)
        except UnfitError as error:
            note(inner, str(error), error.row)
    if not children:
        raise UnfitError(f"`{path}` is an object without fields that Flink SQL has a type for")
    return pa.StructArray.from_arrays([*children.values()], [*children], mask=array.is_null())


def _canonical_list(
    array: pa.Array, path: str, note: Callable[[str, str, int | None], None], text: pa.DataType
) -> pa.Array:
    is_map = pa.types.is_map(array.type)
    if not is_map and not (
        pa.types.is_list(array.type)
        or pa.types.is_large_list(array.type)
        or pa.types.is_fixed_size_list(array.type)
    ):
        raise UnfitError(f"`{path}` is of Arrow's type {array.type}, which Flink SQL has none for")
    marked = _offsets(array)
    entries = _flat(array)
    if not is_map:
        inner = _canonical(entries, f"{path}[]", note, text)
        if pa.types.is_null(inner.type):
            inner = inner.cast(pa.string())
        return pa.ListArray.from_arrays(marked, inner)
    keys = _canonical(entries.field(0), f"{path}[]", note, text)
    values = _canonical(entries.field(1), f"{path}[]", note, text)
    if not pa.types.is_string(keys.type):
        raise UnfitError(f"`{path}` is a map whose keys are {sql_type(keys.type)}, and here keys are text")
    if pa.types.is_null(values.type):
        values = values.cast(pa.string())
    return pa.MapArray.from_arrays(marked, keys, values)


def _exactly(array: pa.Array, type_: pa.DataType, message: str) -> pa.Array:
    try:
        return array.cast(type_)
    except pa.ArrowInvalid as error:
        raise UnfitError(message) from error


# ---- of several files -------------------------------------------------------------------------


def united(columns: Sequence[pa.ChunkedArray], name: str) -> pa.ChunkedArray:
    """Columns of several files as one.

    Raises:
        UnfitError: They have no type in common that keeps all values.
    """
    type_ = reduce(_common, (column.type for column in columns))
    return pa.chunked_array(
        [chunk for column in columns for chunk in as_type(column, type_, name).chunks], type_
    )


def as_type(column: pa.ChunkedArray, type_: pa.DataType, name: str) -> pa.ChunkedArray:
    """A column as one of another type, without a change of a value.

    Raises:
        UnfitError: A value would change.
    """
    if column.type == type_:
        return column
    return pa.chunked_array([_array_as(chunk, type_, name) for chunk in column.chunks], type_)


def _array_as(array: pa.Array, type_: pa.DataType, name: str) -> pa.Array:
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), type_)
    if pa.types.is_struct(type_):
        children = [
            _array_as(array.field(place), field.type, f"{name}.{field.name}")
            if (place := array.type.get_field_index(field.name)) >= 0
            else pa.nulls(len(array), field.type)
            for field in type_
        ]
        return pa.StructArray.from_arrays(children, [field.name for field in type_], mask=array.is_null())
    if pa.types.is_map(type_):
        entries = _flat(array)
        values = _array_as(entries.field(1), type_.item_type, name)
        return pa.MapArray.from_arrays(_offsets(array), entries.field(0), values)
    if pa.types.is_list(type_):
        return pa.ListArray.from_arrays(_offsets(array), _array_as(_flat(array), type_.value_type, name))
    try:
        return array.cast(type_)
    except pa.ArrowInvalid as error:
        raise UnfitError(
            f"`{name}` has values of type {sql_type(array.type)} that {sql_type(type_)} doesn't hold"
        ) from error


def _offsets(array: pa.Array) -> pa.Array:
    """Where each list, or map, begins among the flat values; NULL for one that is NULL."""
    is_null = array.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_fixed_size_list(array.type):
        lengths = np.full(len(array), array.type.list_size)
    else:
        lengths = np.diff(array.offsets.to_numpy())
    offsets = np.concatenate([[0], np.cumsum(np.where(is_null, 0, lengths))]).astype(np.int32)
    return pa.array(offsets, mask=np.append(is_null, False))


def _flat(array: pa.Array) -> pa.Array:
    """The elements of all lists, or the entries of all maps, as structs."""
    if not pa.types.is_map(array.type):
        return array.flatten()
    # Arrow flattens lists, and maps are laid out as lists.
    entries = pa.StructArray.from_arrays([array.keys, array.items], ["key", "value"])
    lists = pa.Array.from_buffers(
        pa.list_(entries.type), len(array), array.buffers()[:2], offset=array.offset, children=[entries]
    )
    return lists.flatten()


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        names = dict.fromkeys([*(field.name for field in one), *(field.name for field in other)])
        return pa.struct(
            [
                (
                    name,
                    _common(
                        *(
                            type_.field(name).type if type_.get_field_index(name) >= 0 else pa.null()
                            for type_ in (one, other)
                        )
                    ),
                )
                for name in names
            ]
        )
    if pa.types.is_map(one) and pa.types.is_map(other):
        return pa.map_(pa.string(), _common(one.item_type, other.item_type))
    if pa.types.is_list(one) and pa.types.is_list(other):
        return pa.list_(_common(one.value_type, other.value_type))
    common = _common_number(one, other)
    if common is None and pa.types.is_timestamp(one) and pa.types.is_timestamp(other) and one.tz == other.tz:
        common = pa.timestamp(max(one.unit, other.unit, key=_UNITS.index), one.tz)
    if common is None:
        raise UnfitError(f"{sql_type(one)}, and {sql_type(other)}")
    return common


def _common_number(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    if one in _INTEGERS and other in _INTEGERS:
        return max(one, other, key=_INTEGERS.__getitem__)
    if one in _INTEGERS or other in _INTEGERS:
        whole, number = (one, other) if one in _INTEGERS else (other, one)
        if number == DIGITS:
            return DIGITS
        if pa.types.is_floating(number):
            return pa.float64()
        if pa.types.is_decimal(number):
            digits = {8: 3, 16: 5, 32: 10, 64: 19}[_INTEGERS[whole]]
            return _decimal(max(digits, number.precision - number.scale), number.scale)
    if pa.types.is_floating(one) and pa.types.is_floating(other):
        return pa.float64()
    if pa.types.is_decimal(one) and pa.types.is_decimal(other):
        before = max(one.precision - one.scale, other.precision - other.scale)
        return _decimal(before, max(one.scale, other.scale))
    return None


def _decimal(before: int, behind: int) -> pa.DataType | None:
    return pa.decimal128(before + behind, behind) if before + behind <= 38 else None


def plain_rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table in Python."""
    columns = [plain(column) for column in table.columns]
    return [dict(zip(table.schema.names, values, strict=True)) for values in zip(*columns, strict=True)]


def plain(array: pa.ChunkedArray) -> Any:
    """The values of a column in Python: maps as dicts."""
    read = _reader(array.type)
    return [None if value is None else read(value) for value in array.to_pylist()]


def _reader(type_: pa.DataType) -> Callable[[Any], Any]:
    def reading(inner: pa.DataType) -> Callable[[Any], Any]:
        read = _reader(inner)
        return lambda value: None if value is None else read(value)

    if pa.types.is_map(type_):
        item = reading(type_.item_type)
        return lambda value: {name: item(inner) for name, inner in value}
    if pa.types.is_struct(type_):
        fields = {field.name: reading(field.type) for field in type_}
        return lambda value: {name: read(value[name]) for name, read in fields.items()}
    if pa.types.is_list(type_):
        element = reading(type_.value_type)
        return lambda value: [element(inner) for inner in value]
    return lambda value: value
