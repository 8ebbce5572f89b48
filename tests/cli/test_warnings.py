"""What `check` warns of: it is allowed, and hardly meant."""

import json

import pytest

from tests.cli.conftest import Ran, write

RULE = "id: r\nversion: 1\npartition_by: card_id\n"
WARNINGS = {
    "steps: [{begin: a, where: n = 1}, {followed_by: b, where: n = 2}]": """\
warning[unbounded-wait]: step `b` may come at any later time: what waits for it is kept for ever, for each key

hint: bound the match, such as by `within: 1 hour`""",
    "steps: [{begin: [{begin: a, where: n = 1, times: 3}]}]": """\
warning[unbounded-wait]: step `a` may come at any later time: what waits for it is kept for ever, for each key

hint: bound the match, such as by `within: 1 hour`""",
    "steps: [{begin: a, where: n = 1}, {next: b}]\nwithin: 10": """\
warning[bare-number]: `within: 10` is 10 milliseconds

hint: write the unit""",
    "steps: [{begin: a, where: n = 1}]\nrollout: 0": """\
warning[rollout-of-none]: `rollout: 0` looks at no key: the rule finds nothing

hint: to stop a rule, write `status: paused`""",
    "steps: [{begin: a, where: 1 = 2}]": """\
warning[constant-condition]: `1 = 2` looks at no field: it is the same for every event

hint: write TRUE, or leave the condition out, where every event fits""",
    "steps: [{begin: a, where: name LIKE '*shop*'}]": """\
warning[literal-star]: `LIKE '*shop*'` asks for the text itself: `*` and `?` stand for no other characters

hint: write `%` for any characters, and `_` for one""",
    "steps: [{begin: a, where: n = 1}, {not_followed_by: b}, {next: c}]\nwithin: 1 hour": """\
warning[clause-without-effect]: `not_followed_by: b` has no effect: the step behind it is `next`: nothing comes between

hint: leave it out""",
    "steps: [{begin: a, where: n = 1, times: 1, consecutive: true}]": """\
warning[clause-without-effect]: `consecutive` of step `a` has no effect: the step occurs once

hint: leave it out""",
    "steps: [{begin: a, where: n = 1, times: 2, greedy: true}, {next: b}]\nwithin: 1 hour": """\
warning[clause-without-effect]: `greedy` of step `a` has no effect: it occurs a fixed number of times

hint: leave it out""",
    "steps: [{begin: a, where: n = 1, times: 1+, greedy: true}]\nwithin: 1 hour": """\
warning[clause-without-effect]: `greedy` of step `a` has no effect: no step is behind it: all its lengths are matches

hint: leave it out""",
}
MEANT = [
    "steps: [{begin: a, where: n = 1}, {followed_by: b, where: n = 2}]\nwithin: 1 hour",
    "steps: [{begin: a, where: n = 1}, {followed_by: b, where: n = 2, within_previous: 1 hour}]",
    "steps: [{begin: a, where: n = 1, times: 3, consecutive: true}, {next: b}]",
    "steps: [{begin: a, where: n = 1, times: 3, times_within: 1 hour}]",
    "steps: [{begin: a, where: n = 1}, {not_next: b}, {next: c}]",
    "steps: [{begin: a, where: n = 1}, {not_next: b}, {followed_by: c}]\nwithin: 1 hour",
    "steps: [{begin: a, where: n = 1, times: 1+, greedy: true}, {next: b}]\nwithin: 1 hour",
    "steps: [{begin: a, where: 'TRUE'}]\nrollout: 1",
    "steps: [{begin: a, where: name LIKE '*%'}]",
]


@pytest.mark.parametrize("rest", WARNINGS)
def test_what_is_hardly_meant_is_a_warning(run, directory, rest):
    write(directory / "r.yaml", RULE + rest)

    ran = run("check r.yaml")
    assert (ran.exit_code, ran.stderr) == (0, f"\nr.yaml: {WARNINGS[rest]}\n")

    ran = run("check r.yaml --format json")
    assert (ran.exit_code, ran.stderr) == (0, "")
    (warning,) = json.loads(ran.stdout)["warnings"]
    assert f"warning[{warning['code']}]: {warning['message']}\n\nhint: {warning['hint']}" == WARNINGS[rest]


@pytest.mark.parametrize("rest", MEANT)
def test_what_may_be_meant_is_none(run, directory, rest):
    write(directory / "r.yaml", RULE + rest)

    assert run("check r.yaml") == Ran(
        0,
        "r.yaml: r v1\n\n1 rule checked, without the names and types of fields:"
        " give --schema FILE to check those too\n",
    )
