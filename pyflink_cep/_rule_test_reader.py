"""Reads the tests that a rule document carries, and says all that is wrong with them, each at its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from pyflink_cep import _events
from pyflink_cep._event_list import EventList, Watermark
from pyflink_cep._fit import MisfitError
from pyflink_cep._rule_test_values import check_comparable
from pyflink_cep._step import Verb
from pyflink_cep.errors import CepError, did_you_mean

if TYPE_CHECKING:
    from pyflink_cep._document_places import DocumentPlaces
    from pyflink_cep._sql_type import SqlType
    from pyflink_cep.errors import Diagnostic

_TIMES = ("started_at", "ended_at", "timed_out_at")
_DESCRIBED = ("measures", "steps", *_TIMES)
_EXPECTATIONS = ("matches", "timeouts", "late")
_KEYS = ("name", "events", "time_field", "schema", *_EXPECTATIONS)
# Of a rule document, what its pattern is.
PATTERN_KEYS = ("steps", "within", "within_previous", "skip")
_TIME = "a time is milliseconds, or text such as 2024-05-01T09:00:00Z"


@dataclass(frozen=True, slots=True)
class ExpectedMatch:
    """A match as a test describes it. What it leaves out isn't looked at.

    Attributes:
        measures: Some of the measures.
        steps: For some steps their events, each by its number in the test or by some of its fields.
        times: Some of `started_at`, `ended_at` and `timed_out_at`.
    """

    measures: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, Sequence[int | Mapping[str, Any]]] = field(default_factory=dict)
    times: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A test that can be run.

    Attributes:
        elements: The events and watermarks, with times that are text as datetimes.
        time_field: The field with an event's time.
        schema: The SQL type of each field.
        expected: What the test expects of `matches`, `timeouts` and `late`.
    """

    elements: Sequence[Mapping[str, Any] | Watermark]
    time_field: str
    schema: Mapping[str, str]
    expected: Mapping[str, int | list[ExpectedMatch]]


def check_tests(
    document: Mapping[str, Any], places: DocumentPlaces, schema: Mapping[str, str] | None
) -> list[Diagnostic]:
    """All that is wrong with the tests of a rule, but for what makes them none: that is the document's error.

    Args:
        document: The rule document, as plain data.
        places: Where its values stand.
        schema: The SQL type of each column of the events, or None.
    """
    tests = document.get("tests")
    found: list[Diagnostic] = []
    for number, test in enumerate(tests if isinstance(tests, list) else []):
        if isinstance(test, Mapping) and isinstance(test.get("events"), list):
            read_test(document, number, places, schema, found)
    return found


def read_test(
    document: Mapping[str, Any],
    number: int,
    places: DocumentPlaces,
    schema: Mapping[str, str] | None,
    diagnostics: list[Diagnostic],
) -> RuleTest | None:
    """Reads a test.

    Args:
        document: The rule document, as plain data.
        number: The test's place in the document, from 0.
        places: Where the document's values stand.
        schema: The SQL type of each column of the events, or None.
        diagnostics: Takes all that is wrong with the test.

    Returns:
        The test, or None where something is wrong with it.
    """
    return _Reader(document, number, places, diagnostics).read(schema)


@dataclass(slots=True)
class _Reader:
    document: Mapping[str, Any]
    number: int
    places: DocumentPlaces
    diagnostics: list[Diagnostic]

    @property
    def written(self) -> Mapping[str, Any]:
        written: Mapping[str, Any] = self.document["tests"][self.number]
        return written

    @property
    def time_field(self) -> str:
        return str(self.written.get("time_field", "ts"))

    def read(self, schema: Mapping[str, str] | None) -> RuleTest | None:
        before = len(self.diagnostics)
        elements = self._elements()
        expected = self._expectations(sum(not isinstance(element, Watermark) for element in elements))
        types = self._types(elements, schema)
        if types is not None:
            self._check_values(elements, types)
            self._check_expectations(expected, types)
        if len(self.diagnostics) > before or types is None:
            return None
        return RuleTest(elements, self.time_field, types, expected)

    # ---- events -------------------------------------------------------------------------------

    def _elements(self) -> list[Mapping[str, Any] | Watermark]:
        elements: list[Mapping[str, Any] | Watermark] = []
        for place, element in enumerate(self.written["events"]):
            path = f"events[{place}]"
            if not isinstance(element, Mapping):
                self._refuse(path, "wrong-type", f"an event is an object of fields, found {element!r}")
                # What comes after it keeps its place.
                elements.append({})
            elif set(element) == {"watermark"}:
                elements.append(Watermark(self._time(element["watermark"], f"{path}.watermark", "watermark")))
            else:
                # A copy, so that an event that YAML has by reference in two places is two events.
                elements.append({**element, **self._event_time(element, path)})
        return elements

    def _event_time(self, event: Mapping[str, Any], path: str) -> dict[str, Any]:
        name = self.time_field
        if event.get(name) is not None:
            return {name: self._time(event[name], f"{path}.{name}", f"`{name}`")}
        hint = None if "time_field" in self.written else "name the field that holds the time by `time_field`"
        self._refuse(path, "missing-time", f"the event has no time: it has no `{name}`", hint)
        return {}

    def _time(self, value: object, path: str, what: str) -> Any:
        """A time; text as a datetime, in UTC where it says nothing else. None for what is no time."""
        instant: Any = value
        try:
            if isinstance(value, str):
                instant = datetime.fromisoformat(value)
                instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            _events.to_milliseconds(instant, "")
        except ValueError:
            self._refuse(path, "wrong-time", f"{what} is {value!r}, and {_TIME}")
            return None
        return instant

    # ---- types --------------------------------------------------------------------------------

    def _types(
        self, elements: Sequence[Mapping[str, Any] | Watermark], schema: Mapping[str, str] | None
    ) -> Mapping[str, str] | None:
        """The SQL type of each field; None where they can't be told."""
        own = self._own_types()
        if schema is not None:
            known = {**schema, **own}
            for place, element in enumerate(elements):
                for name in [] if isinstance(element, Watermark) else element:
                    if name not in known and name != self.time_field:
                        hint = did_you_mean(name, known, "Fields")
                        message = f"`{name}` is not a field"
                        self._refuse(f"events[{place}].{name}", "unknown-field", message, hint, of_key=True)
            return known
        types = self._inferred(elements, own)
        if types is None:
            return None
        for number, other in enumerate(self.document["tests"]):
            if number != self.number and isinstance(other, Mapping) and isinstance(other.get("events"), list):
                # What is wrong with another test is told with that.
                reader = _Reader(self.document, number, self.places, [])
                others = reader._inferred(reader._elements(), own) or {}
                types |= {name: _events.filled(types.get(name), type_) for name, type_ in others.items()}
        if not (types or own):
            self._refuse(
                "events", "no-fields", "no test has an event or a `schema` that would tell the fields"
            )
            return None
        return {**_events.to_sql(types), **own}

    def _own_types(self) -> Mapping[str, str]:
        own = self.written.get("schema", {})
        if not isinstance(own, Mapping):
            self._refuse(
                "schema", "wrong-type", f"`schema` is an object of fields with SQL types, found {own!r}"
            )
            return {}
        for name, type_ in own.items():
            if not isinstance(type_, str):
                self._refuse(f"schema.{name}", "wrong-type", f"a type of SQL is text, found {type_!r}")
        return {name: type_ for name, type_ in own.items() if isinstance(type_, str)}

    def _inferred(
        self, elements: Sequence[Mapping[str, Any] | Watermark], own: Mapping[str, str]
    ) -> dict[str, _events.Type] | None:
        """The types that the values of events have, but for those in the test's own schema."""
        wrong: list[tuple[int, str, Diagnostic]] = []
        types = _events.infer_types(
            (
                (place, {name: _number(value) for name, value in element.items() if name not in own})
                for place, element in enumerate(elements)
                if not isinstance(element, Watermark)
            ),
            wrong,
        )
        for place, name, diagnostic in wrong:
            hint = f"give `{name}` a type in the test's `schema`"
            if diagnostic.code == "conflicting-types":
                hint = f"give all events the same type; or {hint}"
            self._refuse(f"events[{place}].{name}", diagnostic.code, diagnostic.message, hint)
        return None if wrong else types

    def _check_values(
        self, elements: Sequence[Mapping[str, Any] | Watermark], types: Mapping[str, str]
    ) -> None:
        """Fits the events to their types, as is done when the test is run; those without a time as well."""
        timed = [
            Watermark(0) if isinstance(element, Watermark) else {self.time_field: 0, **_present(element)}
            for element in elements
        ]
        listed = EventList.of(timed, self.time_field, types)
        try:
            listed.elements_json(0)
        except CepError as error:
            for diagnostic in error.diagnostics:
                name = diagnostic.message.split("`")[1]
                path = f"{diagnostic.location}.{name}"
                self._refuse(path, diagnostic.code, diagnostic.message, diagnostic.hint)

    def _check_expectations(
        self, expected: Mapping[str, int | list[ExpectedMatch]], types: Mapping[str, str]
    ) -> None:
        """Refuses what is expected of a measure or a field and can't be, as it doesn't fit its type."""
        from pyflink_cep import _gateway

        try:
            fields = _gateway.describe_types(json.dumps(dict(types))).fields
            measures = self._measure_types(types)
        except CepError:
            # What is wrong with the types or the rule is told as that.
            return
        for key, matches in expected.items():
            for place, match in enumerate(matches if isinstance(matches, list) else []):
                described = self.written[key][place]
                if not isinstance(described, Mapping):
                    continue
                path = f"{key}[{place}]"
                inside = f"{path}.measures" if set(described) <= set(_DESCRIBED) else path
                for name, value in match.measures.items():
                    self._check_expected(value, name, f"{inside}.{name}", measures)
                for step, events in match.steps.items():
                    for number, event in enumerate(events):
                        at_event = f"{path}.steps.{step}[{number}]"
                        for name, value in event.items() if isinstance(event, Mapping) else ():
                            if name not in fields:
                                hint = did_you_mean(name, fields, "Fields")
                                message = f"`{name}` is not a field"
                                self._refuse(
                                    f"{at_event}.{name}", "unknown-field", message, hint, of_key=True
                                )
                            self._check_expected(value, name, f"{at_event}.{name}", fields)

    def _measure_types(self, types: Mapping[str, str]) -> Mapping[str, SqlType]:
        from pyflink_cep import _gateway
        from pyflink_cep._pattern import Pattern
        from pyflink_cep._plan import write_plan

        measures = self.document.get("measures")
        if not measures:
            return {}
        pattern = Pattern.from_document(
            {key: self.document[key] for key in PATTERN_KEYS if key in self.document}
        )
        plan = write_plan(pattern, partition_by=None, measures=measures, order_by=None)
        return _gateway.check_plan(plan, json.dumps(dict(types))).fields

    def _check_expected(self, value: Any, name: str, path: str, types: Mapping[str, SqlType]) -> None:
        if name not in types:
            return
        try:
            check_comparable(value, types[name])
        except MisfitError as error:
            self._refuse(f"{path}{error.path}", "wrong-value", error.message(name), error.hint)

    # ---- expectations -------------------------------------------------------------------------

    def _expectations(self, events: int) -> dict[str, int | list[ExpectedMatch]]:
        expected: dict[str, int | list[ExpectedMatch]] = {}
        for key in _EXPECTATIONS:
            if key not in self.written:
                continue
            value = self.written[key]
            if isinstance(value, list) and key != "late":
                expected[key] = [
                    self._match(described, key, f"{key}[{place}]", events)
                    for place, described in enumerate(value)
                ]
            elif type(value) is int and value >= 0:
                expected[key] = value
            else:
                wanted = "a number" if key == "late" else "a number, or a list of what is expected"
                self._refuse(key, "wrong-type", f"`{key}` is {wanted}, found {value!r}")
        # A key that is none may be meant for one of them, and has its own error.
        if not any(key in self.written for key in _EXPECTATIONS) and set(self.written) <= set(_KEYS):
            keys = ", ".join(f"`{key}`" for key in _EXPECTATIONS)
            self._refuse("", "nothing-expected", "the test expects nothing", f"give it one of {keys}")
        return expected

    def _match(self, described: object, key: str, path: str, events: int) -> ExpectedMatch:
        if not isinstance(described, Mapping):
            self._refuse(path, "wrong-type", f"`{key}` lists objects, found {described!r}")
            return ExpectedMatch()
        measures_path = f"{path}.measures"
        if not set(described) <= set(_DESCRIBED):
            described, measures_path = {"measures": described}, path
        return ExpectedMatch(
            self._measures(described.get("measures", {}), key, measures_path),
            self._steps(described.get("steps", {}), key, f"{path}.steps", events),
            {
                name: self._time(described[name], f"{path}.{name}", f"`{name}`")
                for name in _TIMES
                if described.get(name) is not None
            },
        )

    def _measures(self, measures: object, key: str, path: str) -> Mapping[str, Any]:
        if not isinstance(measures, Mapping):
            self._refuse(path, "wrong-type", f"`measures` of `{key}` is an object, found {measures!r}")
            return {}
        known = self.document.get("measures") or {}
        if isinstance(known, Mapping):
            for name in measures:
                if name not in known:
                    message = f"`{name}` is not a measure of the rule"
                    hint = did_you_mean(str(name), known, "Measures")
                    self._refuse(f"{path}.{name}", "unknown-measure", message, hint, of_key=True)
        return measures

    def _steps(
        self, steps: object, key: str, path: str, events: int
    ) -> Mapping[str, Sequence[int | Mapping[str, Any]]]:
        if not isinstance(steps, Mapping):
            self._refuse(path, "wrong-type", f"`steps` of `{key}` is an object, found {steps!r}")
            return {}
        known = list(_step_names(self.document.get("steps")))
        for step, taken in steps.items():
            if step not in known:
                hint = did_you_mean(str(step), known, "Steps")
                message = f"`{step}` is not a step of the rule"
                self._refuse(f"{path}.{step}", "unknown-step", message, hint, of_key=True)
            for event in taken if isinstance(taken, list) else [None]:
                if not isinstance(event, Mapping) and not (type(event) is int and 1 <= event <= events):
                    message = (
                        f"step `{step}` lists events, each by its number, 1 to {events}, or by fields that it has;"
                        f" found {taken!r}"
                    )
                    self._refuse(f"{path}.{step}", "wrong-type", message)
                    break
        return steps

    def _refuse(
        self, path: str, code: str, message: str, hint: str | None = None, *, of_key: bool = False
    ) -> None:
        """Reports an error at a path within the test."""
        whole = f"tests[{self.number}].{path}" if path else f"tests[{self.number}]"
        self.diagnostics.append(self.places.diagnostic(whole, code, message, hint, of_key=of_key))


def _number(value: Any) -> Any:
    """The value, with numbers that have a point as DOUBLE, however many digits they have."""
    match value:
        case Decimal():
            return float(value)
        case Mapping():
            return {name: _number(inner) for name, inner in value.items()}
        case list():
            return [_number(inner) for inner in value]
    return value


def _present(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


def _step_names(steps: object) -> Iterator[str]:
    """The names of the steps of a document, whatever else is wrong with it."""
    for step in steps if isinstance(steps, list) else []:
        for verb in get_args(Verb) if isinstance(step, Mapping) else ():
            name = step.get(verb)
            if isinstance(name, str):
                yield name
            else:
                yield from _step_names(name)
