"""The plan under which JUnit reads the state of earlier versions is the one that Python writes."""

import json
from pathlib import Path

from pyflink_cep import Pattern, Skip

PLAN = json.loads((Path(__file__).parents[1] / "cases/state/plan.json").read_text())

STORED = (
    Pattern.begin("a", skip=Skip.past_last_event())
    .where("kind = 'a'")
    .followed_by("b")
    .where("kind = 'b' AND number > a.number")
    .one_or_more()
    .allow_combinations()
    .followed_by("c")
    .where("kind = 'c'")
    .not_followed_by("d")
    .where("kind = 'd'")
    .within(milliseconds=100)
)


def test_the_pattern_of_the_stored_state_is_written_as_its_plan_has_it():
    assert STORED.to_document() == PLAN["pattern"]
