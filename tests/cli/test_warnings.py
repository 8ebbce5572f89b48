"""What `check` warns of: it is allowed, and hardly meant."""

import json

import pytest

from tests.cli.conftest import Ran, write

RULE = "id: r\nversion: 1\npartition_by: card_id\n"
WARNINGS = {
    "steps: [{begin: a, where: n = 1}, {followed_by: b, where: n = 2}]": """\
r.yaml:4:49: warning[unbounded-wait]: step `b` may come at any later time: what waits for it is \
kept for ever, for each key
  4 | steps: [{begin: a, where: n = 1}, {followed_by: b, where: n = 2}]
    |                                                 ^

hint: bound the match, such as by `within: 1 hour`""",
    "steps: [{begin: [{begin: a, where: n = 1, times: 3}]}]": """\
r.yaml:4:26: warning[unbounded-wait]: step `a` may come at any later time: what waits for it is \
kept for ever, for each key
  4 | steps: [{begin: [{begin: a, where: n = 1, times: 3}]}]
    |                          ^

hint: bound the match, such as by `within: 1 hour`""",
    "steps: [{begin: a, where: n = 1}, {followed_by: [{begin: b}]}]": """\
r.yaml:4:36: warning[unbounded-wait]: group `b` may come at any later time: what waits for it is \
kept for ever, for each key
  4 | steps: [{begin: a, where: n = 1}, {followed_by: [{begin: b}]}]
    |                                    ^^^^^^^^^^^

hint: bound the match, such as by `within: 1 hour`""",
    "steps: [{begin: a, where: n = 1}, {next: b}]\nwithin: 10": """\
r.yaml:5:9: warning[bare-number]: `within: 10` is 10 milliseconds
  5 | within: 10
    |         ^^

hint: write the unit""",
    "steps:\n- begin: [{begin: a, where: n = 1, times: 3, times_within: 5}]": """\
r.yaml:5:60: warning[bare-number]: `times_within: 5` is 5 milliseconds
  5 | - begin: [{begin: a, where: n = 1, times: 3, times_within: 5}]
    |                                                            ^

hint: write the unit""",
    "steps: [{begin: a, where: n = 1}]\nrollout: 0": """\
r.yaml:5:10: warning[rollout-of-none]: `rollout: 0` looks at no key: the rule finds nothing
  5 | rollout: 0
    |          ^

hint: to stop a rule, write `status: paused`""",
    "steps: [{begin: a, where: 1 = 2}]": """\
r.yaml:4:27: warning[constant-condition]: `1 = 2` looks at no field: it is the same for every event
  4 | steps: [{begin: a, where: 1 = 2}]
    |                           ^^^^^

hint: write TRUE, or leave the condition out, where every event fits""",
    "steps:\n- begin: a\n  where:\n  - n = 1\n  - or: 1 = 2": """\
r.yaml:8:9: warning[constant-condition]: `1 = 2` looks at no field: it is the same for every event
  8 |   - or: 1 = 2
    |         ^^^^^

hint: write TRUE, or leave the condition out, where every event fits""",
    "steps: [{begin: a, where: name LIKE '*shop*'}]": """\
r.yaml:4:32: warning[literal-star]: `LIKE '*shop*'` asks for the text itself: `*` and `?` stand for \
no other characters
  4 | steps: [{begin: a, where: name LIKE '*shop*'}]
    |                                ^^^^^^^^^^^^^

hint: write `%` for any characters, and `_` for one""",
    "steps:\n- begin: a\n  where: >-\n    n = 1\n    AND name LIKE\n      '*shop*'": """\
r.yaml:8:14: warning[literal-star]: `LIKE '*shop*'` asks for the text itself: `*` and `?` stand for \
no other characters
  8 |     AND name LIKE
    |              ^^^^

hint: write `%` for any characters, and `_` for one""",
    "steps: [{begin: a, where: 'n = 1'}]\nmeasures:\n  is_shop: 'a.name LIKE ''*shop*'''": """\
r.yaml:6:20: warning[literal-star]: `LIKE '*shop*'` asks for the text itself: `*` and `?` stand for \
no other characters
  6 |   is_shop: 'a.name LIKE ''*shop*'''
    |                    ^^^^^^^^^^^^^^^

hint: write `%` for any characters, and `_` for one""",
    "steps: [{begin: a, where: n = 1}, {not_followed_by: b}, {next: c}]\nwithin: 1 hour": """\
r.yaml:4:36: warning[clause-without-effect]: `not_followed_by: b` has no effect: the step behind it \
is `next`: nothing comes between
  4 | steps: [{begin: a, where: n = 1}, {not_followed_by: b}, {next: c}]
    |                                    ^^^^^^^^^^^^^^^

hint: leave it out""",
    "steps: [{begin: a, where: n = 1, times: 1, consecutive: true}]": """\
r.yaml:4:44: warning[clause-without-effect]: `consecutive` of step `a` has no effect: the step occurs once
  4 | steps: [{begin: a, where: n = 1, times: 1, consecutive: true}]
    |                                            ^^^^^^^^^^^

hint: leave it out""",
    "steps: [{begin: a, where: n = 1, times: 2, greedy: true}, {next: b}]\nwithin: 1 hour": """\
r.yaml:4:44: warning[clause-without-effect]: `greedy` of step `a` has no effect: it occurs a fixed number of times
  4 | steps: [{begin: a, where: n = 1, times: 2, greedy: true}, {next: b}]
    |                                            ^^^^^^

hint: leave it out""",
    "steps: [{begin: a, where: n = 1, times: 1+, greedy: true}]\nwithin: 1 hour": """\
r.yaml:4:45: warning[clause-without-effect]: `greedy` of step `a` has no effect: no step is behind \
it: all its lengths are matches
  4 | steps: [{begin: a, where: n = 1, times: 1+, greedy: true}]
    |                                             ^^^^^^

hint: leave it out""",
    "steps: [{begin: a, where: n = 4 // 2}]": """\
r.yaml:4:33: warning[comment-like-an-operator]: `// 2` is a comment: in SQL `//` begins one
  4 | steps: [{begin: a, where: n = 4 // 2}]
    |                                 ^^^^

hint: to divide write CAST(a / b AS BIGINT), to subtract a negative number put a space between the signs, \
and begin a comment by `--` and a space""",
    "steps:\n- begin: a\n  where: >\n    n = 1 -- the first\n    AND name = 'x'": """\
r.yaml:7:11: warning[comment-over-lines]: `-- the first AND name = 'x'` is a comment: YAML has joined the lines, \
and all behind it is passed over
  7 |     n = 1 -- the first
    |           ^^^^^^^^^^^^

hint: write the value behind `|`, which keeps its lines, or the comment as /* ... */""",
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
    "steps: [{begin: a, where: \"name = 'http://x' AND n - -2 > 1 -- the end\"}]",
    "steps:\n- begin: a\n  where: |\n    n = 1 -- the first\n    AND name = 'x'",
]


@pytest.mark.parametrize("rest", WARNINGS)
def test_what_is_hardly_meant_is_a_warning_at_its_place(run, directory, rest):
    write(directory / "r.yaml", RULE + rest)

    ran = run("check r.yaml")
    assert (ran.exit_code, ran.stderr) == (0, f"\n{WARNINGS[rest]}\n")

    ran = run("check r.yaml --format json")
    assert (ran.exit_code, ran.stderr) == (0, "")
    (warning,) = json.loads(ran.stdout)["warnings"]
    place = f"{warning['location']}:{warning['line']}:{warning['column']}"
    said = WARNINGS[rest].split("\n")
    assert f"{place}: warning[{warning['code']}]: {warning['message']}" == said[0]
    assert f"hint: {warning['hint']}" == said[-1]


def test_warnings_are_in_the_order_of_the_document(run, directory):
    write(
        directory / "r.yaml", f"{RULE}rollout: 0\nsteps: [{{begin: a, where: 1 = 2}}, {{next: b}}]\nwithin: 5"
    )

    warnings = json.loads(run("check r.yaml --format json").stdout)["warnings"]
    assert [(warning["line"], warning["code"]) for warning in warnings] == [
        (4, "rollout-of-none"),
        (5, "constant-condition"),
        (6, "bare-number"),
    ]


@pytest.mark.parametrize("rest", MEANT)
def test_what_may_be_meant_is_none(run, directory, rest):
    write(directory / "r.yaml", RULE + rest)

    assert run("check r.yaml") == Ran(
        0,
        "r.yaml: r v1\n\n1 rule checked, without the names and types of fields:"
        " give --schema FILE to check those too\n",
    )
