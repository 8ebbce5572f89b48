"""The cases of tests/cases/matching, by `find_matches`: flink-cep's own results."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from pyflink_cep import CepError, Pattern, PatternError
from pyflink_cep.explaining import EventMatched, Given, TimedOut, explain
from pyflink_cep.testing import Watermark, find_matches

# Some of flink-cep's patterns have clauses without an effect.
pytestmark = pytest.mark.filterwarnings("ignore::pyflink_cep.errors.PatternWarning")

FOLDER = Path(__file__).parents[1] / "cases/matching"
CASES = [case for file in sorted(FOLDER.glob("*.yaml")) for case in yaml.safe_load(file.read_text())]
SCHEMA = {
    "eid": "STRING",
    "id": "INT",
    "name": "STRING",
    "price": "DOUBLE",
    "type": "STRING",
    "volume": "DOUBLE",
    "ts": "BIGINT",
}


def find(case, run=find_matches):
    return run(
        Pattern.from_document(case["pattern"]),
        [
            Watermark(item["watermark"]) if "watermark" in item else {"type": "Event", **item}
            for item in case["events"]
        ],
        partition_by=case.get("partition_by"),
        order_by=case.get("order_by"),
        schema=SCHEMA,
        final_watermark=case.get("final_watermark"),
    )


def taken(steps):
    return tuple((step, tuple(events)) for step, events in sorted(steps.items()))


def eids(match):
    return taken({step: [event["eid"] for event in events] for step, events in match.items()})


def outcome(found):
    """What was found; the order of keys doesn't count."""
    return (
        Counter(map(eids, found.matches)),
        Counter((match.timed_out_at, eids(match)) for match in found.timeouts),
        Counter(event["eid"] for event in found.late),
    )


def named(cases):
    return [pytest.param(case, id=case["name"]) for case in cases]


# `find_matches` is about event time.
EVENT_TIME_CASES = [
    case for case in CASES if case.get("time") != "processing" and not case.keys() & {"refused", "fails"}
]


@pytest.mark.parametrize("case", named(EVENT_TIME_CASES))
def test_find_matches_finds_what_the_reference_finds(case):
    found = find(case)

    assert outcome(found) == (
        Counter(map(taken, case["matches"])),
        Counter((timeout["at"], taken(timeout["taken"])) for timeout in case.get("timeouts", [])),
        Counter(case.get("late", [])),
    )


@pytest.mark.parametrize("case", named(EVENT_TIME_CASES))
def test_an_explanation_tells_of_what_is_found_and_of_every_event(case):
    explanation = find(case, explain)

    assert outcome(explanation.found) == outcome(find(case))
    entries = [(key, entry) for key in explanation.keys for entry in key.entries]
    matches = [
        (key.partial_matches[entry.match], entry.found) for key, entry in entries if isinstance(entry, Given)
    ]
    assert [told.steps for told, _ in matches] == [found.steps for _, found in matches]
    assert {told.end for told, _ in matches} <= {"matched"}
    assert Counter(id(found) for _, found in matches) == Counter(map(id, explanation.found.matches))
    assert Counter(
        (entry.time, eids(key.partial_matches[entry.match].steps))
        for key, entry in entries
        if isinstance(entry, TimedOut)
    ) == Counter((timeout.timed_out_at, eids(timeout)) for timeout in explanation.found.timeouts)
    late = [number for key in explanation.keys for number in key.late]
    matched = [entry.number for _, entry in entries if isinstance(entry, EventMatched)]
    events = [item for item in case["events"] if "watermark" not in item]
    assert sorted(late + matched) == list(range(1, len(events) + 1))


@pytest.mark.parametrize("case", named(case for case in CASES if case.get("refused")))
def test_a_pattern_that_would_loop_for_ever_is_refused(case):
    with pytest.raises(PatternError, match="empty"):
        Pattern.from_document(case["pattern"])


@pytest.mark.parametrize("case", named(case for case in CASES if case.get("fails")))
def test_a_skip_to_a_step_that_took_nothing_fails_where_it_is_told_to(case):
    with pytest.raises(CepError, match="a match has no event of step `b` to skip to"):
        find(case)
