"""`pyflink-cep test`."""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import typer
from rich.rule import Rule as Line
from rich.text import Text

from pyflink_cep._rule_test_reader import ExpectedMatch
from pyflink_cep._rule_tests import FoundMatch, RuleTestResult, run_tests
from pyflink_cep._rules import Rule, Rules
from pyflink_cep._schema_file import read_schema
from pyflink_cep.cli.console import FINDING, counted, diagnostic_json, labelled, print_json, say, stdout
from pyflink_cep.cli.options import Format, OutputFormat, RulePaths, SchemaFile

_STYLES = {"passed": "green", "failed": "bold red", "error": "bold red"}
_WORDS = {"passed": "passed", "failed": "FAILED", "error": "ERROR"}

# No number begins with a letter.
_PLAIN_TEXT = re.compile(r"[^\W\d][\w./ -]*(?<! )")

Results = Sequence[tuple[Rule, Sequence[RuleTestResult]]]


def test(rules: RulePaths, schema: SchemaFile = None, output: OutputFormat = Format.TEXT) -> None:  # noqa: PT028
    """Run the tests that rules carry, and show how what is found differs from what is expected.

    Example: pyflink-cep test rules/card_fraud
    """
    columns = None if schema is None else read_schema(schema)
    checked = Rules.load(*rules).check(columns)
    results = [(rule, run_tests(rule, columns)) for rule in checked]
    counts: Counter[str] = Counter(result.outcome for _, of_rule in results for result in of_rule)
    if output is Format.JSON:
        print_json(_as_json(results, counts))
    else:
        _print(results, counts)
    if counts["failed"] or counts["error"] or not counts:
        raise typer.Exit(FINDING)


def _print(results: Results, counts: Mapping[str, int]) -> None:
    console = stdout()
    for rule, of_rule in results:
        console.print(Text(f"{rule.id} v{rule.version}", "bold"), Text(rule.source, "dim"), soft_wrap=True)
        for result in of_rule:
            outcome = Text(f"  {_WORDS[result.outcome]:6}  ", _STYLES[result.outcome])
            console.print(outcome + Text(result.name), soft_wrap=True)
    for rule, of_rule in results:
        for result in of_rule:
            if result.outcome != "passed":
                console.print()
                console.print(
                    Line(Text(f"{rule.id}: {result.name}"), align="left", characters="-", style="red")
                )
                for part in _reasons(result, console.width):
                    console.print(part, soft_wrap=True)
    summary = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _STYLES if counts[outcome])
    console.print()
    console.print(Text(summary or "no tests", "green" if set(counts) == {"passed"} else "bold red"))
    for rule, of_rule in results:
        for result in of_rule:
            for error in result.evaluation_errors:
                say(f"{rule.id}: {result.name}: warning[{error.code}]: {error}")
    untested = [rule.id for rule, of_rule in results if not of_rule]
    if untested:
        say(f"{counted(len(untested), 'rule')} without tests: {', '.join(untested)}")


def _reasons(result: RuleTestResult, width: int) -> Iterator[Text]:
    if result.error is not None:
        yield Text(f"\n{result.error}")
    for difference in result.differences:
        yield Text(
            f"\n{difference.of}: expected {difference.expected}, found {difference.found}", style="bold"
        )
        if difference.late:
            events = [f"event {number}: {_event(result.events[number - 1])}" for number in difference.late]
            yield labelled([("late", event) for event in events], width)
        for expected in difference.missing:
            yield Text("\n- expected, and not found", "red")
            yield labelled(list(_expected(expected)), width)
        # Where a test expects a number above 0, which of the found are too many can't be told.
        are_wrong = difference.missing or difference.expected == 0
        for found in difference.unexpected:
            yield Text("\n+ found, and not expected" if are_wrong else "\n+ found", "green")
            yield labelled(list(_found(found)), width)


def _expected(expected: ExpectedMatch) -> Iterator[tuple[str, str]]:
    for name, value in {**expected.measures, **expected.times}.items():
        yield name, _value(value)
    for step, events in expected.steps.items():
        for event in events:
            yield step, f"event {event}" if isinstance(event, int) else _event(event)
        if not events:
            yield step, "no event"


def _found(found: FoundMatch) -> Iterator[tuple[str, str]]:
    for name, value in {**found.match.measures, **_times(found)}.items():
        yield name, _value(value)
    for step, numbers in found.numbers.items():
        for number, event in zip(numbers, found.match[step], strict=True):
            yield step, f"event {number}: {_event(event)}"


def _times(found: FoundMatch) -> dict[str, Any]:
    times = {"started_at": found.match.started_at, "ended_at": found.match.ended_at}
    timed_out_at = found.match.timed_out_at
    return times if timed_out_at is None else {**times, "timed_out_at": timed_out_at}


def _event(event: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_value(value)}" for name, value in event.items())


def _value(value: Any) -> str:
    """The value, with text in quotes only where it could be taken for something else."""
    if isinstance(value, date | time | Decimal):
        return str(_plain(value))
    if isinstance(value, str) and _PLAIN_TEXT.fullmatch(value) and value not in ("true", "false", "null"):
        return value
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    match value:
        case datetime() | date() | time():
            return value.isoformat().replace("+00:00", "Z")
        case timedelta():
            return value // timedelta(milliseconds=1)
        case Decimal():
            return f"{value:f}"
        case bytes():
            return base64.b64encode(value).decode()
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
    return value


def _as_json(results: Results, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "passed": counts["passed"],
        "failed": counts["failed"],
        "errors": counts["error"],
        "rules": [
            {
                "id": rule.id,
                "version": rule.version,
                "source": rule.source,
                "tests": [dict(_result_json(result)) for result in of_rule],
            }
            for rule, of_rule in results
        ],
    }


def _result_json(result: RuleTestResult) -> Iterator[tuple[str, Any]]:
    yield "name", result.name
    yield "outcome", result.outcome
    if result.error is not None:
        yield "errors", [diagnostic_json(diagnostic) for diagnostic in result.error.diagnostics]
    if result.evaluation_errors:
        yield (
            "evaluation_errors",
            [
                {
                    "location": error.location,
                    "code": error.code,
                    "message": error.message,
                    "count": error.count,
                    "event": 1 + next(place for place, e in enumerate(result.events) if e is error.event),
                }
                for error in result.evaluation_errors
            ],
        )
    if result.differences:
        yield (
            "differences",
            [
                {
                    "of": difference.of,
                    "expected": difference.expected,
                    "found": difference.found,
                    "missing": [
                        {"measures": expected.measures, "steps": expected.steps, **_plain(expected.times)}
                        for expected in difference.missing
                    ],
                    "unexpected": [
                        {
                            "measures": _plain(found.match.measures),
                            "steps": found.numbers,
                            **_plain(_times(found)),
                        }
                        for found in difference.unexpected
                    ],
                    "late": list(difference.late),
                }
                for difference in result.differences
            ],
        )
