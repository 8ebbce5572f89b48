"""`status`, of a job that writes to a directory, and of one that writes to a topic."""

import dataclasses
import json

import pytest

from pyflink_cep import PatternError, Rules
from pyflink_cep._rules import RuleSource
from tests.cli.conftest import BURST, Ran, write

REJECTED = [
    {
        "code": "unknown-field",
        "location": "rule",
        "message": "`amont` is not a field",
        "source": "where: amont < 1",
        "line": 1,
        "column": 8,
        "length": 5,
        "hint": "did you mean `amount`?",
    }
]
ROWS = [
    ("card-testing", 3, "accepted", "", None, "2024-05-01 09:00:00Z"),
    ("burst", 1, "accepted", "", None, "2024-05-01 09:00:00.25Z"),
    ("burst", 1, "evaluation_error", "division by zero", None, "2024-05-01 09:30:00Z"),
    ("card-testing", 5, "rejected", "the errors as text", json.dumps(REJECTED), "2024-05-01T11:00:00Z"),
    ("card-testing", 4, "replaced", "version 3", None, "2024-05-01 10:00:00Z"),
    (None, None, "rejected", "not a document", None, "2024-05-01 08:00:00Z"),
]


@pytest.fixture
def status(place):
    status = place("status", of_job=True)
    columns = ("rule_id", "rule_version", "outcome", "message", "errors", "at")
    return status.name, lambda rows: status.put(
        *(json.dumps(dict(zip(columns, row, strict=True))) for row in rows)
    )


def test_status_shows_what_became_of_each_update(run, status):
    name, say = status
    say(ROWS)

    assert run(f"status {name}") == Ran(
        1,
        """\
updates that name no rule
  2024-05-01 08:00:00       rejected         not a document

burst: v1 at work
  2024-05-01 09:00:00  v1   accepted
  2024-05-01 09:30:00  v1   evaluation_error division by zero

card-testing: v4 at work, the newest update was rejected
  2024-05-01 09:00:00  v3   accepted
  2024-05-01 10:00:00  v4   replaced         version 3
  2024-05-01 11:00:00  v5   rejected         1 error

    rule:1:8: error[unknown-field]: `amont` is not a field
      1 | where: amont < 1
        |        ^^^^^

    hint: did you mean `amount`?

2 rules, the newest update of 1 rejected
""",
    )


def test_status_shows_each_error_of_a_published_document_as_a_block(run, directory, status):
    name, say = status
    steps = [{"begin": "probe", "where": "amont < 1"}, {"followed_by": "spend", "where": "amount > 500 AND"}]
    document = json.dumps(
        {"id": "a", "version": 2, "description": "x" * 500, "steps": steps, "within": "1 dya"}
    )
    columns = {"amount": "DOUBLE"}
    with pytest.raises(PatternError) as refused:
        Rules((RuleSource("update", document),)).check(columns)
    errors = [dataclasses.asdict(diagnostic) for diagnostic in refused.value.diagnostics]
    say([("a", 2, "rejected", str(refused.value), json.dumps(errors), "2024-05-01 09:00:00Z")])

    say([("b", 1, "rejected", str(refused.value.diagnostics[0]), None, "2024-05-01 09:00:00Z")])

    assert run(f"status {name}") == Ran(
        1,
        """\
a: no version at work
  2024-05-01 09:00:00  v2   rejected         3 errors

    update:1:585: error[unknown-field]: `amont` is not a field
      1 | ...xxxxxxxxxxxxxxxxxx", "steps": [{"begin": "probe", "where": "amont < 1"}, {"followed_by": "sp\
end", "where": "amount > 500...
        |                                                                ^^^^^

    hint: did you mean `amount`? Fields: `amount`

    update:1:648: error[syntax]: the expression ends too early
      1 | ...nt < 1"}, {"followed_by": "spend", "where": "amount > 500 AND"}], "within": "1 dya"}
        |                                                                ^

    hint: something must follow `AND`

    update:1:664: error[invalid-duration]: `dya` is not a unit: expected ms, seconds, minutes, hours, days or weeks
      1 | ...owed_by": "spend", "where": "amount > 500 AND"}], "within": "1 dya"}
        |                                                                ^^^^^^^

b: no version at work
  2024-05-01 09:00:00  v1   rejected

    update:1:585: error[unknown-field]: `amont` is not a field
      1 | ...xxxxxxxxxxxxxxxxxx", "steps": [{"begin": "probe", "where": "amont < 1"}, {"followed_by": "sp\
end", "where": "amount > 500...
        |                                                                ^^^^^

    hint: did you mean `amount`? Fields: `amount`

2 rules, the newest update of 2 rejected
""",
    )


def test_status_is_well_once_a_good_version_follows(run, status):
    name, say = status
    say([*ROWS[3:5], ("card-testing", 6, "replaced", "version 4", None, "2024-05-01 12:00:00Z")])

    ran = run(f"status {name}")

    assert ran.exit_code == 0
    assert ran.stdout.startswith("card-testing: v6 at work\n")
    # What was wrong with version 5 is of no matter any more.
    assert "v5   rejected         1 error\n" in ran.stdout
    assert "error[" not in ran.stdout
    assert ran.stdout.endswith("\n1 rule\n")


@pytest.mark.parametrize(("version", "exit_code"), [(2, 0), (4, 1), (5, 1), (None, 1)])
def test_status_is_well_where_what_was_rejected_is_older_than_what_is_at_work(
    run, status, version, exit_code
):
    name, say = status
    say([ROWS[4], ("card-testing", version, "rejected", "", json.dumps(REJECTED), "2024-05-01 12:00:00Z")])

    assert run(f"status {name}").exit_code == exit_code


def test_status_tells_of_a_rule_that_a_restored_job_has_left_out(run, status):
    name, say = status
    say(
        [
            ("a", 1, "accepted", "live", None, "2024-05-01 09:00:00Z"),
            ("a", 1, "left_out", "", json.dumps(REJECTED), "2024-05-01 10:00:00Z"),
        ]
    )

    assert run(f"status {name}") == Ran(
        1,
        """\
a: v1 left out, as it doesn't fit the columns of the events
  2024-05-01 09:00:00  v1   accepted         live
  2024-05-01 10:00:00  v1   left_out         1 error

    rule:1:8: error[unknown-field]: `amont` is not a field
      1 | where: amont < 1
        |        ^^^^^

    hint: did you mean `amount`?

1 rule, 1 left out
""",
    )
    say([("a", 2, "replaced", "live", None, "2024-05-01 11:00:00Z")])
    assert run(f"status {name}").exit_code == 0


def test_status_tells_retired_rules_and_those_that_never_worked(run, status):
    name, say = status
    say(
        [
            ("a", 1, "accepted", "", None, "2024-05-01 09:00:00Z"),
            ("a", 2, "retired", "", None, "2024-05-01 09:00:01Z"),
            ("b", 1, "rejected", "no reason", "[]", "2024-05-01 09:00:02Z"),
        ]
    )

    assert run(f"status {name}") == Ran(
        1,
        "a: retired by v2\n"
        "  2024-05-01 09:00:00  v1   accepted\n"
        "  2024-05-01 09:00:01  v2   retired\n"
        "\n"
        "b: no version at work\n"
        "  2024-05-01 09:00:02  v1   rejected         no reason\n"
        "\n"
        "2 rules, the newest update of 1 rejected\n",
    )


def test_status_names_the_published_updates_that_have_no_answer(run, directory, published, status):
    name, say = status
    write(directory / "rules" / "burst.yaml", BURST)
    run(f"publish rules --to {published}")
    say(ROWS[:2])

    ran = run(f"status {name} --published {published}")
    assert ran == Ran(
        1,
        "burst: v1 at work\n"
        "  2024-05-01 09:00:00  v1   accepted\n"
        "\n"
        "card-testing: v3 at work\n"
        "  2024-05-01 09:00:00  v3   accepted\n"
        "\n"
        "card-testing: v5 is published, and the job has not answered\n"
        "\n"
        "2 rules, 1 update not answered\n",
    )
    say([("card-testing", 5, "replaced", "", None, "2024-05-01 10:00:00Z")])
    ran = run(f"status {name} --published {published}")
    assert ran.exit_code == 0
    assert ran.stdout.endswith("\n2 rules, all updates answered\n")


def test_status_knows_where_rules_are_published_to_or_it_is_a_wrong_call(run, directory, status):
    name, say = status
    say(ROWS[:1])

    ran = run(f"status {name} --published update")

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "there is no directory `update`" in ran.stderr


def test_status_as_json(run, status, updates):
    name, say = status
    say(ROWS[3:5])
    run(f"publish rules --to {updates}")

    ran = run(f"status {name} --published {updates} --format json")

    assert json.loads(ran.stdout) == {
        "rules": [
            {
                "id": "card-testing",
                "version": 4,
                "retired": False,
                "newest_rejected": True,
                "left_out": False,
                "outcomes": [
                    {
                        "version": 4,
                        "outcome": "replaced",
                        "message": "version 3",
                        "errors": [],
                        "at": "2024-05-01T10:00:00+00:00",
                    },
                    {
                        "version": 5,
                        "outcome": "rejected",
                        "message": "the errors as text",
                        "errors": [
                            {
                                "code": "unknown-field",
                                "location": "rule",
                                "message": "`amont` is not a field",
                                "hint": "did you mean `amount`?",
                                "line": 1,
                                "column": 8,
                                "length": 5,
                                "source_line": "where: amont < 1",
                            }
                        ],
                        "at": "2024-05-01T11:00:00+00:00",
                    },
                ],
            }
        ],
        "unanswered": [{"id": "card-testing", "version": 3}],
    }
    assert ran == Ran(1, ran.stdout, "")


def test_status_refuses_what_is_no_status(run, place):
    status = place("status", of_job=True)
    status.put('{"card_id": 1}')

    ran = run(f"status {status.name}")

    assert (ran.exit_code, ran.stdout) == (1, "")
    location = f"{status.name}, message 1" if status.broker else "status/part-0:1"
    assert ran.stderr == (
        f"{location}: error[not-a-status]: expected a row of a job's status output as JSON,"
        """ found '{"card_id": 1}'\n\nhint: columns: rule_id, rule_version, outcome, message, errors, at\n"""
    )
