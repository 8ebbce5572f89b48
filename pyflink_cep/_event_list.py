"""A list of events as the JVM reads it: their times, their schema, their JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyflink_cep import _events
from pyflink_cep._fit import MisfitError, fit
from pyflink_cep.errors import Diagnostic, InputError, wrong_type

if TYPE_CHECKING:
    from pyflink_cep._sql_type import SqlType

_END_OF_TIME = 2**63 - 1

# A watermark that all others have passed changes nothing.
_NO_EVENT = {"watermark": -(2**63)}

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watermark:
    """Stands between events, and says that none at or before its time is to come.

    Attributes:
        time: Event time in milliseconds, or a datetime.
    """

    time: int | datetime


@dataclass(frozen=True, slots=True)
class EventList:
    """Events and watermarks in the order in which they come.

    Attributes:
        elements: The events, the very objects that were passed in, and the watermarks.
        times: The time of each in milliseconds.
        time_field: The field with an event's time.
        schema: The SQL type of each field.
    """

    elements: Sequence[Event | Watermark]
    times: Sequence[int]
    time_field: str
    schema: Mapping[str, str]

    @classmethod
    def of(
        cls, events: Iterable[Event | Watermark], time_field: str, schema: Mapping[str, str] | None
    ) -> EventList:
        """Checks the times of the events, and takes their schema from them where none is given.

        Raises:
            InputError: An event has no time, or a value that has no SQL type; there is nothing to take a schema from.
            ArgumentTypeError: An element is neither a dict nor a Watermark.
        """
        elements = list(events)
        times = [_time(element, place, time_field) for place, element in enumerate(elements)]
        return cls(elements, times, time_field, _infer_schema(elements) if schema is None else dict(schema))

    def event(self, place: int) -> Event:
        """The event at a place of the list."""
        element = self.elements[place]
        assert not isinstance(element, Watermark)
        return element

    def time(self, place: int) -> int | datetime:
        """The time of the event at a place of the list, as it was given."""
        time: int | datetime = self.event(place)[self.time_field]
        return time

    def schema_json(self) -> str:
        """The SQL types by field."""
        return json.dumps(self.schema)

    def elements_json(
        self, final_watermark: int | datetime | None, left_out: Collection[int] = frozenset()
    ) -> str:
        """The elements, and the last watermark: the end of time if None.

        Args:
            final_watermark: The last watermark.
            left_out: The places of events to leave out; the others keep theirs.

        Raises:
            InputError: All values that don't fit their types.
            PatternError: The types that can't be used.
        """
        # Flink's modules take a second to import.
        from pyflink_cep import _gateway

        types = _gateway.describe_types(self.schema_json()).fields
        wrong: list[Diagnostic] = []
        sent = [
            _NO_EVENT if place in left_out else self._element(place, types, wrong)
            for place in range(len(self.elements))
        ]
        if wrong:
            raise InputError(*wrong)
        end = (
            _END_OF_TIME
            if final_watermark is None
            else _events.to_milliseconds(final_watermark, "final_watermark")
        )
        return json.dumps([*sent, {"watermark": end}])

    def instant(self, milliseconds: int) -> int | datetime | str:
        """A time as a value of the kind of the events' times."""
        like = next(
            (element[self.time_field] for element in self.elements if not isinstance(element, Watermark)), 0
        )
        return _events.from_milliseconds(milliseconds, like)

    def _element(self, place: int, types: Mapping[str, SqlType], wrong: list[Diagnostic]) -> dict[str, Any]:
        element, time = self.elements[place], self.times[place]
        if isinstance(element, Watermark):
            return {"watermark": time}
        event = {}
        for name, type_ in types.items():
            value = element.get(name)
            if name == self.time_field:
                value = _time_as(value, time, type_)
            try:
                event[name] = fit(value, type_)
            except MisfitError as error:
                wrong.append(
                    Diagnostic(
                        code="wrong-value",
                        location=f"events[{place}]",
                        message=error.message(name),
                        hint=error.hint,
                    )
                )
        return {"time": time, "fraction": _events.fraction(element[self.time_field]), "event": event}


def _time_as(value: Any, milliseconds: int, type_: SqlType) -> Any:
    """The time of an event as a value of its type: milliseconds of a timestamp, and a timestamp of milliseconds."""
    if isinstance(value, int) and type_.root.startswith("TIMESTAMP"):
        return _events.from_milliseconds(milliseconds, _events.EPOCH)
    if isinstance(value, datetime) and type_.root in ("BIGINT", "INTEGER", "DECIMAL"):
        return milliseconds
    return value


def _time(element: object, place: int, time_field: str) -> int:
    location = f"events[{place}]"
    if isinstance(element, Watermark):
        return _events.to_milliseconds(element.time, location)
    if not isinstance(element, Mapping):
        raise wrong_type(location, "a dict or a Watermark", element)
    if element.get(time_field) is None:
        raise InputError(
            Diagnostic(
                code="missing-time",
                location=location,
                message=f"the event has no `{time_field}`: {dict(element)!r}",
                hint="name the field that holds the time with time_field=",
            )
        )
    return _events.to_milliseconds(element[time_field], f"{location}, `{time_field}`")


def _infer_schema(elements: Sequence[Event | Watermark]) -> dict[str, str]:
    schema = _events.infer_schema(
        (place, element) for place, element in enumerate(elements) if not isinstance(element, Watermark)
    )
    if not schema:
        raise InputError(
            Diagnostic(
                code="missing-schema",
                location="events",
                message="there are no events to take the schema from",
                hint="pass schema=",
            )
        )
    return schema
