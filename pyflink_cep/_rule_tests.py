"""The tests that a rule document carries: what they say, and how they end."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pyflink_cep._rule_test_reader import ExpectedMatch, RuleTest, read_test
from pyflink_cep._rule_test_values import equal
from pyflink_cep.errors import CepError, EvaluationWarning, InputError, PatternError, PatternWarning
from pyflink_cep.testing import EvaluationError, FoundMatches, Match, Watermark, find_matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyflink_cep._rules import Rule
    from pyflink_cep.errors import Diagnostic


@dataclass(frozen=True, slots=True)
class FoundMatch:
    """A match that was found, with the numbers of its events in the test."""

    match: Match
    numbers: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """How what was found differs from what a test expects.

    Attributes:
        of: matches, timeouts or late.
        expected: How many were expected.
        found: How many were found.
        missing: The expected ones that were not found.
        unexpected: The ones that were found and not expected; where a test says a number, all that were found.
        late: The numbers of the late events.
    """

    of: str
    expected: int
    found: int
    missing: Sequence[ExpectedMatch] = ()
    unexpected: Sequence[FoundMatch] = ()
    late: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class RuleTestResult:
    """How a test ended.

    Attributes:
        name: The test's name.
        outcome: `error` is a test that could not be run.
        differences: Why it failed.
        error: Why it could not be run.
        events: The events, the first of which has the number 1.
        evaluation_errors: The conditions and measures that can't be evaluated on some events.
    """

    name: str
    outcome: Literal["passed", "failed", "error"]
    differences: Sequence[Difference] = ()
    error: CepError | None = None
    events: Sequence[Mapping[str, Any]] = ()
    evaluation_errors: Sequence[EvaluationError] = ()


def run_tests(rule: Rule, schema: Mapping[str, str] | None) -> list[RuleTestResult]:
    """Runs a rule's tests.

    Args:
        rule: The rule, checked.
        schema: The SQL type of each field. Without it they are taken from the events, for a field that no event of
            a test has from those of the rule's other tests; a test's own `schema` goes before both.
    """
    return [_run(rule, number, schema) for number in range(len(rule.tests))]


def _run(rule: Rule, number: int, schema: Mapping[str, str] | None) -> RuleTestResult:
    name = str(rule.tests[number]["name"])
    diagnostics: list[Diagnostic] = []
    test = read_test(rule.document, number, rule.places, schema, diagnostics)
    if test is None:
        return RuleTestResult(name, "error", error=InputError(*diagnostics))
    events = [element for element in test.elements if not isinstance(element, Watermark)]
    try:
        with warnings.catch_warnings():
            # They are part of the result.
            warnings.simplefilter("ignore", EvaluationWarning)
            # `check` warns of them.
            warnings.simplefilter("ignore", PatternWarning)
            found = find_matches(
                rule.pattern,
                test.elements,
                time_field=test.time_field,
                partition_by=list(rule.partition_by) or None,
                measures=rule.measures,
                schema=test.schema,
            )
    except PatternError as error:
        return RuleTestResult(name, "error", error=_unfit(rule, number, test, error))
    numbers = {id(event): number for number, event in enumerate(events, 1)}
    differences = list(_differences(test.expected, found, numbers))
    return RuleTestResult(
        name,
        "failed" if differences else "passed",
        differences,
        events=events,
        evaluation_errors=found.errors,
    )


def _unfit(rule: Rule, number: int, test: RuleTest, error: CepError) -> CepError:
    """The error of a test whose fields are not those that the rule needs: at the test, and at what needs them."""
    from pyflink_cep import _gateway

    source = json.dumps([{"name": rule.source, "text": rule.places.text}])
    _, at_rule = _gateway.read_rules(source, json.dumps(dict(test.schema)))
    fields = ", ".join(f"`{name}` {type_}" for name, type_ in test.schema.items())
    at_test = rule.places.diagnostic(
        f"tests[{number}]",
        "unfit-fields",
        f"the rule can't be run on the fields of this test: {fields}",
        "give a field that is missing to an event, or to the test's `schema`; or all by `--schema`",
    )
    return InputError(at_test, *(at_rule or error.diagnostics))


def _differences(
    expected: Mapping[str, int | list[ExpectedMatch]], found: FoundMatches, numbers: Mapping[int, int]
) -> Iterator[Difference]:
    for key, wanted in expected.items():
        if key == "late":
            late = [numbers[id(event)] for event in found.late]
            if isinstance(wanted, int) and wanted != len(late):
                yield Difference(key, wanted, len(late), late=late)
            continue
        matches = [
            FoundMatch(match, {step: [numbers[id(e)] for e in taken] for step, taken in match.items()})
            for match in (found.matches if key == "matches" else found.timeouts)
        ]
        if isinstance(wanted, int):
            if wanted != len(matches):
                yield Difference(key, wanted, len(matches), unexpected=matches)
            continue
        missing, unexpected = _unpaired(wanted, matches)
        if missing or unexpected:
            yield Difference(key, len(wanted), len(matches), missing, unexpected)


def _unpaired(
    expected: Sequence[ExpectedMatch], found: Sequence[FoundMatch]
) -> tuple[list[ExpectedMatch], list[FoundMatch]]:
    """What is left of both once as many as possible are paired, whatever their order."""
    partner: dict[int, int] = {}

    def pair(place: int, seen: set[int]) -> bool:
        for other, match in enumerate(found):
            if other not in seen and _fits(expected[place], match):
                seen.add(other)
                # Another description may have taken it that fits a further match as well.
                if other not in partner or pair(partner[other], seen):
                    partner[other] = place
                    return True
        return False

    missing = [description for place, description in enumerate(expected) if not pair(place, set())]
    return missing, [match for place, match in enumerate(found) if place not in partner]


def _fits(expected: ExpectedMatch, found: FoundMatch) -> bool:
    match = found.match
    return (
        all(equal(value, match.measures[name]) for name, value in expected.measures.items())
        and all(equal(value, getattr(match, name)) for name, value in expected.times.items())
        and all(
            len(taken) == len(match.get(step, []))
            and all(
                number == event
                if isinstance(event, int)
                else all(equal(v, taken_event.get(name)) for name, v in event.items())
                for event, number, taken_event in zip(
                    taken, found.numbers.get(step, []), match.get(step, []), strict=True
                )
            )
            for step, taken in expected.steps.items()
        )
    )
