import json
from textwrap import indent

import pytest

from tests.cli.conftest import BURST, CARD_TESTING, Ran, write

EVENTS = """\
events:
  - {card_id: c1, ts: 1000, amount: 0.4, merchant: kiosk}
  - {card_id: c1, ts: 2000, amount: 0.6, merchant: kiosk}
  - {card_id: c1, ts: 3000, amount: 0.9, merchant: kiosk}
  - {card_id: c1, ts: 9000, amount: 740, merchant: jeweller}
"""
FOUND = """\
  probes      3
  spent       740.0
  started_at  1000
  ended_at    9000
  probe       event 1: card_id: c1, ts: 1000, amount: 0.4, merchant: kiosk
              event 2: card_id: c1, ts: 2000, amount: 0.6, merchant: kiosk
              event 3: card_id: c1, ts: 3000, amount: 0.9, merchant: kiosk
  spend       event 4: card_id: c1, ts: 9000, amount: 740, merchant: jeweller
"""


@pytest.fixture
def run_test(run, directory):
    """Runs a rule with one test, which is called `given`."""

    def run_test(test, options="", rule=CARD_TESTING):
        text = f"name: given\n{test}"
        write(directory / "rules" / "card-testing.yaml", f"{rule}tests:\n  -\n{indent(text, '    ')}")
        return run(f"test rules {options}")

    return run_test


def passed(name="given"):
    return Ran(0, f"card-testing v3 rules/card-testing.yaml\n  passed  {name}\n\n1 passed\n")


def failed(reasons):
    return Ran(
        1,
        "card-testing v3 rules/card-testing.yaml\n"
        "  FAILED  given\n"
        "\n"
        f"card-testing: given {'-' * 60}\n"
        f"\n{reasons}\n"
        "1 failed\n",
    )


def broken(error):
    return Ran(
        1,
        "card-testing v3 rules/card-testing.yaml\n"
        "  ERROR   given\n"
        "\n"
        f"card-testing: given {'-' * 60}\n"
        f"\n{error}\n"
        "\n"
        "1 error\n",
    )


@pytest.mark.parametrize(
    "expectation",
    [
        "matches: 1",
        "matches: [{probes: 3}]",
        "matches: [{probes: 3, spent: 740}]",
        "matches: [{measures: {probes: 3}}]",
        "matches: [{steps: {probe: [1, 2, 3], spend: [4]}}]",
        "matches: [{steps: {spend: [{merchant: jeweller}]}}]",
        "matches: [{started_at: 1000, ended_at: 9000}]",
        "matches: [{started_at: 1970-01-01T00:00:01Z}]",
        "matches: [{}]",
        "timeouts: 0",
        "late: 0",
    ],
)
def test_what_is_found_as_expected_passes(run_test, expectation):
    assert run_test(f"{EVENTS}{expectation}\n") == passed()


@pytest.mark.parametrize(
    ("expectation", "expected"),
    [
        ("matches: [{probes: 4}]", "  probes  4\n"),
        ("matches: [{spent: 740.0001}]", "  spent  740.0001\n"),
        (
            "matches: [{steps: {probe: [1, 2], spend: [4]}}]",
            "  probe  event 1\n         event 2\n  spend  event 4\n",
        ),
        ("matches: [{steps: {spend: [3]}}]", "  spend  event 3\n"),
        ("matches: [{steps: {probe: []}}]", "  probe  no event\n"),
        ("matches: [{steps: {spend: [{merchant: kiosk}]}}]", "  spend  merchant: kiosk\n"),
        ("matches: [{started_at: 1001}]", "  started_at  1001\n"),
        ("matches: [{timed_out_at: 1001}]", "  timed_out_at  1001\n"),
    ],
)
def test_a_match_that_differs_is_shown_beside_what_was_expected(run_test, expectation, expected):
    assert run_test(f"{EVENTS}{expectation}\n") == failed(
        "matches: expected 1, found 1\n"
        "\n"
        f"- expected, and not found\n{expected}"
        "\n"
        f"+ found, and not expected\n{FOUND}"
    )


def test_a_match_where_none_is_expected_is_shown(run_test):
    assert run_test(f"{EVENTS}matches: 0\n") == failed(
        f"matches: expected 0, found 1\n\n+ found, and not expected\n{FOUND}"
    )


def test_where_some_are_expected_all_that_were_found_are_shown(run_test):
    assert run_test(f"{EVENTS}matches: 2\n") == failed(f"matches: expected 2, found 1\n\n+ found\n{FOUND}")


def test_each_expected_match_is_another_one(run_test):
    assert run_test(f"{EVENTS}matches: [{{probes: 3}}, {{spent: 740}}]\n") == failed(
        "matches: expected 2, found 1\n\n- expected, and not found\n  spent  740\n"
    )


def test_expected_matches_are_paired_so_that_all_fit(run_test):
    # Both descriptions fit the first match, and only the first of them fits the second.
    rule = CARD_TESTING.replace("3+", "1").replace("skip: past_last_event\n", "")
    assert (
        run_test(
            "events:\n"
            "  - {card_id: c1, ts: 1000, amount: 0.4, merchant: kiosk}\n"
            "  - {card_id: c1, ts: 2000, amount: 0.6, merchant: shop}\n"
            "  - {card_id: c1, ts: 9000, amount: 740, merchant: jeweller}\n"
            "matches: [{probes: 1}, {steps: {probe: [1]}}]\n",
            rule=rule,
        )
        == passed()
    )


def test_timeouts_and_late_events_are_expected_as_well(run_test):
    test = """\
events:
  - {card_id: c1, ts: 2024-05-01T09:00:00Z, amount: 0.4, merchant: "kiosk, at the corner of a street where none looks"}
  - {watermark: 2024-05-01T09:00:02Z}
  - {card_id: c1, ts: 2024-05-01T09:00:01Z, amount: 0.6, merchant: kiosk}
matches: 0
timeouts: 0
late: 0
"""

    assert run_test(test) == failed(
        """\
timeouts: expected 0, found 1

+ found, and not expected
  probes        1
  spent         null
  started_at    2024-05-01T09:00:00Z
  ended_at      2024-05-01T09:00:00Z
  timed_out_at  2024-05-01T09:10:00Z
  probe         event 1: card_id: c1, ts: 2024-05-01T09:00:00Z, amount: 0.4,
                merchant: "kiosk, at the corner of a street where none looks"

late: expected 0, found 1
  late  event 2: card_id: c1, ts: 2024-05-01T09:00:01Z, amount: 0.6, merchant:
        kiosk
"""
    )
    test = test.replace("timeouts: 0\nlate: 0", "timeouts: [{probes: 1, spent: null}]\nlate: 1")
    assert run_test(test) == passed()
    test = test.replace("{probes: 1, spent: null}", "{timed_out_at: 2024-05-01T09:10:00Z}")
    assert run_test(test) == passed()


def test_the_time_can_be_in_another_field(run_test):
    assert run_test(EVENTS.replace(" ts:", " paid_at:") + "time_field: paid_at\nmatches: 1\n") == passed()


def test_a_field_that_no_event_of_a_test_has_is_known_from_other_tests(run, directory):
    short = "{name: short, events: [{card_id: c1, ts: 1, amount: 5}], matches: 0}"
    text = f"{CARD_TESTING}tests:\n  - {short}\n  - name: long\n{indent(EVENTS + 'matches: 1', '    ')}\n"
    write(directory / "rules" / "card-testing.yaml", text)

    assert run("test rules") == Ran(
        0, "card-testing v3 rules/card-testing.yaml\n  passed  short\n  passed  long\n\n2 passed\n"
    )


def test_a_type_of_the_tests_own_schema_goes_before_that_of_the_events(run_test):
    # The approximate sum of the amounts is 1.9000000000000001; the exact one of cents is another type's.
    rule = CARD_TESTING.replace("spent: spend.amount", "spent: CAST(SUM(probe.amount) AS STRING)")

    assert (
        run_test(f"{EVENTS}schema: {{amount: 'DECIMAL(10, 2)'}}\nmatches: [{{spent: '1.90'}}]\n", rule=rule)
        == passed()
    )


def test_the_types_can_be_those_of_a_schema_file(run_test, directory):
    columns = {"card_id": "STRING", "ts": "BIGINT", "amount": "DECIMAL(10, 2)", "merchant": "STRING"}
    write(directory / "payments.json", json.dumps(columns))
    rule = CARD_TESTING.replace("spent: spend.amount", "spent: CAST(SUM(probe.amount) AS STRING)")

    assert run_test(f"{EVENTS}matches: [{{spent: '1.90'}}]\n", "--schema payments.json", rule) == passed()


def test_a_field_that_the_schema_file_lacks_is_an_error(run_test, directory):
    columns = {"card_id": "STRING", "amount": "DOUBLE", "merchant": "STRING"}
    write(directory / "payments.json", json.dumps(columns))

    assert run_test(f"{EVENTS}  - {{ts: 1, amonut: 5}}\nmatches: 0\n", "--schema payments.json") == broken(
        "rules/card-testing.yaml:23:17: error[unknown-field]: `amonut` is not a field\n"
        "  23 |       - {ts: 1, amonut: 5}\n"
        "     |                 ^^^^^^\n"
        "\n"
        "hint: did you mean `amount`? Fields: `card_id`, `amount`, `merchant`"
    )


@pytest.mark.parametrize(
    ("test", "error"),
    [
        (
            EVENTS,
            """\
17:5: error[nothing-expected]: the test expects nothing
  17 |     name: given
     |     ^^^^^^^^^^^

hint: give it one of `matches`, `timeouts`, `late`""",
        ),
        (
            f"{EVENTS}matches: [{{probs: 3}}]\n",
            """\
23:16: error[unknown-measure]: `probs` is not a measure of the rule
  23 |     matches: [{probs: 3}]
     |                ^^^^^

hint: did you mean `probes`? Measures: `probes`, `spent`""",
        ),
        (
            "events: [{amount: 5}]\nmatches: 0\n",
            """\
18:14: error[missing-time]: the event has no time: it has no `ts`
  18 |     events: [{amount: 5}]
     |              ^^^^^^^^^^^

hint: name the field that holds the time by `time_field`""",
        ),
        (
            "events: [{ts: 1, amount: 5}, {ts: 2, amount: 18446744073709551616}, {ts: 3, amount: x}]\nmatches: 0\n",
            """\
18:50: error[unsupported-value]: `amount` is 18446744073709551616 of type int, which has no SQL type here
  18 |     events: [{ts: 1, amount: 5}, {ts: 2, amount: 18446744073709551616}, {ts: 3, amount: x}]
     |                                                  ^^^^^^^^^^^^^^^^^^^^

hint: give `amount` a type in the test's `schema`

rules/card-testing.yaml:18:89: error[conflicting-types]: `amount` is STRING, but BIGINT in events before it
  18 |     events: [{ts: 1, amount: 5}, {ts: 2, amount: 18446744073709551616}, {ts: 3, amount: x}]
     |                                                                                         ^

hint: give all events the same type; or give `amount` a type in the test's `schema`""",
        ),
        (
            f"{EVENTS}matches: [{{probes: '3', spent: 740}}, {{steps: {{spend: [{{shop: x, amount: true}}]}}}}]\n",
            """\
23:24: error[wrong-value]: `probes` is "3", which is no BIGINT
  23 |     matches: [{probes: '3', spent: 740}, {steps: {spend: [{shop: x, amount: true}]}}]
     |                        ^^^

hint: such as 3

rules/card-testing.yaml:23:60: error[unknown-field]: `shop` is not a field
  23 |     matches: [{probes: '3', spent: 740}, {steps: {spend: [{shop: x, amount: true}]}}]
     |                                                            ^^^^

hint: Fields: `card_id`, `ts`, `amount`, `merchant`

rules/card-testing.yaml:23:77: error[wrong-value]: `amount` is true, which is no DOUBLE
  23 |     matches: [{probes: '3', spent: 740}, {steps: {spend: [{shop: x, amount: true}]}}]
     |                                                                             ^^^^

hint: such as 0.5""",
        ),
        (
            "events: []\nmatches: 0\n",
            """\
18:13: error[no-fields]: no test has an event or a `schema` that would tell the fields
  18 |     events: []
     |             ^^""",
        ),
    ],
)
def test_a_test_that_cant_be_run_is_an_error_at_its_place(run_test, test, error):
    assert run_test(test) == broken(f"rules/card-testing.yaml:{error}")


def test_events_that_dont_fit_the_rule_are_an_error_at_the_test_and_the_rule(run_test):
    assert run_test("events: [{ts: 1, amount: 5, card_id: c1}]\nmatches: 0\n") == broken(
        """\
rules/card-testing.yaml:17:5: error[unfit-fields]: the rule can't be run on the fields of this test: \
`ts` BIGINT, `amount` BIGINT, `card_id` STRING
  17 |     name: given
     |     ^^^^^^^^^^^

hint: give a field that is missing to an event, or to the test's `schema`; or all by `--schema`

rules/card-testing.yaml:10:29: error[unknown-field]: `merchant` is not a field
  10 |     where: amount > 500 AND merchant <> LAST(probe.merchant)
     |                             ^^^^^^^^

hint: Fields: `ts`, `amount`, `card_id`

rules/card-testing.yaml:10:52: error[unknown-field]: `merchant` is not a field
  10 |     where: amount > 500 AND merchant <> LAST(probe.merchant)
     |                                                    ^^^^^^^^

hint: Fields: `ts`, `amount`, `card_id`"""
    )


def test_rules_without_tests_are_named(run, directory):
    write(directory / "rules" / "burst.yaml", BURST)
    write(
        directory / "rules" / "card-testing.yaml",
        CARD_TESTING + "tests:\n  - name: given\n" + indent(EVENTS + "matches: 1\n", "    "),
    )

    assert run("test rules") == Ran(
        0,
        "burst v1 rules/burst.yaml\ncard-testing v3 rules/card-testing.yaml\n  passed  given\n\n1 passed\n",
        "1 rule without tests: burst\n",
    )


def test_rules_without_any_test_are_a_finding(run):
    assert run("test rules") == Ran(
        1, "card-testing v3 rules/card-testing.yaml\n\nno tests\n", "1 rule without tests: card-testing\n"
    )


def test_as_json_it_gives_the_differences(run_test):
    ran = run_test(f"{EVENTS}matches: [{{steps: {{spend: [3]}}, started_at: 1970-01-01}}]\n", "--format json")

    assert json.loads(ran.stdout) == {
        "passed": 0,
        "failed": 1,
        "errors": 0,
        "rules": [
            {
                "id": "card-testing",
                "version": 3,
                "source": "rules/card-testing.yaml",
                "tests": [
                    {
                        "name": "given",
                        "outcome": "failed",
                        "differences": [
                            {
                                "of": "matches",
                                "expected": 1,
                                "found": 1,
                                "missing": [
                                    {
                                        "measures": {},
                                        "steps": {"spend": [3]},
                                        "started_at": "1970-01-01T00:00:00Z",
                                    }
                                ],
                                "unexpected": [
                                    {
                                        "measures": {"probes": 3, "spent": 740.0},
                                        "steps": {"probe": [1, 2, 3], "spend": [4]},
                                        "started_at": 1000,
                                        "ended_at": 9000,
                                    }
                                ],
                                "late": [],
                            }
                        ],
                    }
                ],
            }
        ],
    }
    assert ran == Ran(1, ran.stdout, "")


def test_as_json_errors_of_a_test_are_data(run_test):
    ran = run_test(EVENTS, "--format json")

    assert json.loads(ran.stdout)["rules"][0]["tests"] == [
        {
            "name": "given",
            "outcome": "error",
            "errors": [
                {
                    "code": "nothing-expected",
                    "location": "rules/card-testing.yaml",
                    "message": "the test expects nothing",
                    "hint": "give it one of `matches`, `timeouts`, `late`",
                    "line": 17,
                    "column": 5,
                    "length": 11,
                    "source_line": "    name: given",
                }
            ],
        }
    ]
    assert ran == Ran(1, ran.stdout, "")
