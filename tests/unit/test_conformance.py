"""The cases of tests/cases/matching, by `find_matches`: flink-cep's own results."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from pyflink_cep import CepError, Pattern, PatternError
from pyflink_cep.testing import Watermark, find_matches

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


def find(case):
    return find_matches(
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


def named(cases):
    return [pytest.param(case, id=case["name"]) for case in cases]


# `find_matches` is about event time.
@pytest.mark.parametrize(
    "case",
    named(
        case for case in CASES if case.get("time") != "processing" and not case.keys() & {"refused", "fails"}
    ),
)
def test_find_matches_finds_what_the_reference_finds(case):
    found = find(case)

    assert Counter(map(eids, found.matches)) == Counter(map(taken, case["matches"]))
    assert Counter((match.timed_out_at, eids(match)) for match in found.timeouts) == Counter(
        (timeout["at"], taken(timeout["taken"])) for timeout in case.get("timeouts", [])
    )
    assert Counter(event["eid"] for event in found.late) == Counter(case.get("late", []))


@pytest.mark.parametrize("case", named(case for case in CASES if case.get("refused")))
def test_a_pattern_that_would_loop_for_ever_is_refused(case):
    with pytest.raises(PatternError, match="empty"):
        Pattern.from_document(case["pattern"])


@pytest.mark.parametrize("case", named(case for case in CASES if case.get("fails")))
def test_a_skip_to_a_step_that_took_nothing_fails_where_it_is_told_to(case):
    with pytest.raises(CepError, match="a match has no event of step `b` to skip to"):
        find(case)
