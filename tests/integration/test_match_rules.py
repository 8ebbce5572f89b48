"""Rules on tables: alerts, keys, updates with and without a time, and what is told of them."""

import json
from datetime import timedelta

import pytest
from pyflink.common import Row, Types
from pyflink.table import Schema
from pyflink.table.expressions import col

from pyflink_cep import InputError, Pattern, PatternError, Rules, RuleSource, match, match_rules
from tests.integration.results import at, columns, rows


def rule(rule_id="probe-spend", version=1, **changes):
    document = {
        "id": rule_id,
        "version": version,
        "partition_by": "card",
        "steps": [
            {"begin": "probe", "where": "amount < 10"},
            {"followed_by": "spend", "where": "amount > 100"},
        ],
        "within": "1 minute",
        "skip": "past_last_event",
        "measures": {"spent": "spend.amount"},
    }
    return json.dumps({key: value for key, value in {**document, **changes}.items() if value is not None})


@pytest.fixture
def updates(environment, tables):
    """Makes a table of updates: (document, second)."""

    def make(*documents):
        stream = environment.from_collection(
            [Row(document, second * 1000) for document, second in documents],
            Types.ROW_NAMED(["document", "ms"], [Types.STRING(), Types.LONG()]),
        )
        schema = (
            Schema.new_builder()
            .column_by_expression("acts_at", "TO_TIMESTAMP_LTZ(`ms`, 3)")
            .watermark("acts_at", "`acts_at`")
        )
        return tables.from_data_stream(stream, schema.build()).drop_columns(col("ms"))

    return make


def found(alerts):
    """The rule, its version, the key and the measures of each alert."""
    return sorted(
        (row[0], row[1], *json.loads(row[4]).values(), *json.loads(row[7]).values())
        for row in rows(alerts.matches)
    )


def status(alerts):
    """What was told of updates, and of what went wrong."""
    return [row for row in rows(alerts.status) if not (row[3] or "").endswith("when the job was started")]


def told(alerts):
    return sorted((row[0], row[1], row[2]) for row in status(alerts))


def test_an_alert_says_all_of_a_match(payments):
    alerts = match_rules(
        payments(("c1", 5, 1, "kiosk"), ("c1", 500, 2, "jeweller"), ("c2", 700, 3)),
        Rules.of(rule(severity="high")),
    )
    assert columns(alerts.matches)[-1] == "`rowtime` TIMESTAMP_LTZ(3) NOT NULL *ROWTIME*"
    (alert,) = rows(alerts.matches)
    assert alert[:7] == ("probe-spend", 1, "high", "live", '{"card":"c1"}', at(1), at(2))
    assert json.loads(alert[7]) == {"spent": 500.0}
    assert json.loads(alert[8]) == {
        "probe": [
            {"card": "c1", "amount": 5.0, "merchant": "kiosk", "seq": 0, "paid_at": "1970-01-01T00:00:01Z"}
        ],
        "spend": [
            {
                "card": "c1",
                "amount": 500.0,
                "merchant": "jeweller",
                "seq": 0,
                "paid_at": "1970-01-01T00:00:02Z",
            }
        ],
    }
    assert alert[9] == at(2)


def test_each_rule_has_its_own_key(payments):
    rules = Rules.of(
        rule("by-card"),
        rule("by-merchant", partition_by=["merchant"]),
        rule("by-both", partition_by=["merchant", "card"]),
        rule("over-all", partition_by=None),
    )
    events = payments(("c1", 5, 1, "m1"), ("c2", 200, 2, "m1"), ("c1", 300, 3, "m2"), ("c1", 400, 4, "m1"))
    assert found(match_rules(events, rules)) == [
        ("by-both", 1, "m1", "c1", 400.0),
        ("by-card", 1, "c1", 300.0),
        ("by-merchant", 1, "m1", 200.0),
        ("over-all", 1, 200.0),
    ]


def test_a_shadow_rule_is_marked_and_a_paused_one_is_silent(payments):
    rules = Rules.of(rule("s", status="shadow"), rule("p", status="paused"), rule("r", status="retired"))
    alerts = match_rules(payments(("c1", 5, 1), ("c1", 500, 2)), rules)
    assert [(row[0], row[3]) for row in rows(alerts.matches)] == [("s", "shadow")]


def test_a_rollout_is_for_a_share_of_the_keys_and_the_same_ones_again(payments):
    events = [
        (f"c{card}", amount, first + card) for amount, first in ((5, 0), (500, 200)) for card in range(200)
    ]
    keys = {}
    for rollout in (0, 20, 50, 100):
        alerts = found(match_rules(payments(*events), Rules.of(rule(rollout=rollout, within="1 hour"))))
        keys[rollout] = {alert[2] for alert in alerts}
    assert keys[0] == set()
    assert len(keys[100]) == 200
    assert 20 < len(keys[20]) < 60
    assert 75 < len(keys[50]) < 125
    assert keys[20] < keys[50]


def test_an_update_with_a_time_acts_on_events_from_that_time_on(payments, updates):
    events = payments(
        ("c1", 5, 10),
        ("c1", 500, 20),
        ("c2", 5, 25),
        ("c1", 50, 31),
        ("c2", 500, 32),
        ("c1", 600, 40),
        ("c3", 5, 50),
    )
    newer = rule(version=2, steps=[{"begin": "spend", "where": "amount > 40"}], within=None)
    alerts = match_rules(events, Rules.of(rule()), updates((newer, 30), (rule("other", 1), 32)))
    # c2's partial match of version 1 is finished under it.
    assert found(alerts) == [
        ("probe-spend", 1, "c1", 500.0),
        ("probe-spend", 1, "c2", 500.0),
        ("probe-spend", 2, "c1", 50.0),
        ("probe-spend", 2, "c1", 600.0),
        ("probe-spend", 2, "c2", 500.0),
    ]
    assert told(alerts) == [("other", 1, "accepted"), ("probe-spend", 2, "replaced")]


@pytest.mark.parametrize("status", ["paused", "retired"])
def test_what_is_under_way_ends_with_a_rule_that_is_taken_away(payments, updates, status):
    events = payments(
        ("c1", 5, 10), ("c1", 500, 20), ("c2", 5, 25), ("c2", 500, 32), ("c3", 5, 50), ("c3", 500, 51)
    )
    alerts = match_rules(
        events, Rules.of(rule()), updates((rule(version=2, status=status), 30), (rule(version=3), 45))
    )
    assert found(alerts) == [("probe-spend", 1, "c1", 500.0), ("probe-spend", 3, "c3", 500.0)]


def test_many_versions_that_come_before_the_events_each_act_at_their_time(payments, updates):
    versions = [
        (rule(version=version, steps=[{"begin": "spend"}], within=None, skip=None), 10 * version)
        for version in range(2, 40)
    ]
    events = payments(*[("c1", 5, 10 * version + 5) for version in range(2, 40)])
    alerts = match_rules(events, Rules.of(rule()), updates(*versions))
    assert [alert[1] for alert in found(alerts)] == list(range(2, 40))


def test_a_new_rule_may_ask_for_a_new_key(payments, updates):
    events = payments(("c1", 5, 10, "m1"), ("c2", 500, 11, "m1"), ("c1", 5, 31, "m2"), ("c2", 500, 32, "m2"))
    alerts = match_rules(
        events, Rules.of(rule()), updates((rule("by-merchant", partition_by="merchant"), 30))
    )
    assert found(alerts) == [("by-merchant", 1, "m2", 500.0)]


def test_a_wrong_update_is_told_with_its_errors_and_the_last_good_version_stays(payments, updates):
    alerts = match_rules(
        payments(("c1", 5, 10), ("c1", 500, 40)),
        Rules.of(rule()),
        updates(
            (rule(version=2, measures={"spent": "spend.amont"}), 20),
            (rule(version=1, severity="low"), 21),
            ("id: [", 22),
            (rule(), 23),
        ),
    )
    assert found(alerts) == [("probe-spend", 1, "c1", 500.0)]
    outcomes = {(row[0], row[1], row[2]): row[3:5] for row in status(alerts)}
    assert list(outcomes) == [
        ("probe-spend", 1, "rejected"),
        ("probe-spend", 1, "unchanged"),
        ("probe-spend", 2, "rejected"),
        (None, None, "rejected"),
    ]
    message, errors = outcomes["probe-spend", 2, "rejected"]
    assert "`amont` is not a field" in message
    assert [error["code"] for error in json.loads(errors)] == ["unknown-field"]
    assert json.loads(outcomes["probe-spend", 1, "rejected"][1])[0]["code"] == "version-not-raised"
    assert outcomes["probe-spend", 1, "unchanged"] == (None, None)


def test_a_document_that_differs_in_the_rules_own_tests_alone_is_unchanged(payments, updates):
    tested = json.loads(rule()) | {"tests": [{"name": "nothing", "events": [], "matches": 0}]}
    alerts = match_rules(
        payments(("c1", 5, 10)), Rules.of(json.dumps(tested)), updates((rule(), 20), (json.dumps(tested), 21))
    )
    assert told(alerts) == [("probe-spend", 1, "unchanged")] * 2


def test_rules_that_are_there_go_on_while_updates_without_a_time_come(environment, tables, payments):
    stream = environment.from_collection([Row(rule())], Types.ROW_NAMED(["document"], [Types.STRING()]))
    events = payments(("c1", 5, 1), ("c1", 500, 2))
    alerts = match_rules(events, Rules.of(rule("there", 1)), tables.from_data_stream(stream))
    assert ("there", 1, "c1", 500.0) in found(alerts)
    assert told(alerts) == [("probe-spend", 1, "accepted")]


@pytest.mark.parametrize("with_updates", [False, True])
def test_the_rules_that_a_job_begins_with_are_told(payments, updates, with_updates):
    rules = Rules((RuleSource("a.yaml", rule("a")), RuleSource("b.yaml", rule("b", 3, status="shadow"))))
    alerts = match_rules(payments(("c1", 5, 1)), rules, updates((rule("a"), 20)) if with_updates else None)

    begun = [row[:4] for row in rows(alerts.status) if row[2] == "accepted"]
    assert begun == [
        ("a", 1, "accepted", "live, from a.yaml, when the job was started"),
        ("b", 3, "accepted", "shadow, from b.yaml, when the job was started"),
    ]
    assert told(alerts) == ([("a", 1, "unchanged")] if with_updates else [])


@pytest.mark.parametrize("key", ["card", ["card", "merchant"]])
def test_events_without_a_key_are_those_of_one_key(payments, key):
    events = payments((None, 5, 1, "x"), ("c1", 500, 2, "x"), (None, 500, 3, "x"), (None, 500, 4, None))
    of_pattern = match(
        events,
        Pattern.begin("probe").where("amount < 10").followed_by("spend").where("amount > 100"),
        partition_by=key,
        measures={"card": "spend.card", "spent": "spend.amount"},
    )
    of_rule = match_rules(events, Rules.of(rule(partition_by=key, measures={"spent": "spend.amount"})))

    assert rows(of_pattern.matches) == [(None, 500.0, at(3))]
    columns_of_key = key if isinstance(key, list) else [key]
    (alert,) = rows(of_rule.matches)
    assert json.loads(alert[4]) == dict(zip(columns_of_key, [None, "x"], strict=False))
    assert json.loads(alert[7]) == {"spent": 500.0}


def test_a_condition_that_fails_is_told_once(payments):
    failing = rule(
        steps=[{"begin": "probe", "where": "CAST(merchant AS INT) > 3"}], within=None, measures=None
    )
    alerts = match_rules(payments(("c1", 5, 1, "x"), ("c1", 6, 2, "7"), ("c1", 7, 3, "y")), Rules.of(failing))
    assert [json.loads(row[8])["probe"][0]["merchant"] for row in rows(alerts.matches)] == ["7"]
    (row,) = status(alerts)
    assert row[:3] == ("probe-spend", 1, "evaluation_error")
    assert row[3].startswith("`(CAST AS INT(`merchant`) > 3)` can't be evaluated on an event")


def test_a_hostile_rule_is_limited_and_told(payments):
    hostile = rule(
        steps=[
            {"begin": "a", "times": "1+", "allow_combinations": True},
            {"followed_by": "b", "where": "amount > 100"},
        ],
        within=None,
        skip=None,
        measures=None,
        max_partial_matches=50,
    )
    events = payments(*[("c1", 5, second) for second in range(1, 200)])
    alerts = match_rules(events, Rules.of(hostile, rule("good")))
    assert rows(alerts.matches) == []
    assert told(alerts) == [("probe-spend", 1, "overload")]


def test_late_events_come_out_once(payments):
    rules = Rules.of(rule("by-card"), rule("by-merchant", partition_by="merchant"))
    events = payments(("c1", 5, 10), ("c1", 50, 20), ("c1", 7, 1), ("c1", 500, 21))
    alerts = match_rules(events, rules)
    assert [row[:2] for row in rows(alerts.late)] == [("c1", 7.0)]


def test_an_event_within_the_allowed_lateness_takes_its_place(payments):
    events = payments(("c1", 50, 20), ("c1", 5, 10), ("c1", 500, 21))
    assert found(match_rules(events, Rules.of(rule()))) == []
    alerts = match_rules(events, Rules.of(rule()), allowed_lateness=timedelta(seconds=15), name="late")
    assert found(alerts) == [("probe-spend", 1, "c1", 500.0)]


def test_errors_of_all_rules_come_before_the_job_starts(payments):
    rules = Rules.of(
        rule("a", steps=[{"begin": "x", "where": "amont > 1"}], measures=None),
        rule("b", partition_by="cart"),
        rule("b"),
    )
    with pytest.raises(PatternError) as error:
        match_rules(payments(("c1", 1, 1)), rules, order_by="sec")
    assert [(d.location, d.code) for d in error.value.diagnostics] == [
        ("rules[0]", "unknown-field"),
        ("rules[1]", "unknown-column"),
        ("order_by", "unknown-column"),
    ]


def test_updates_have_one_column_of_text(payments):
    with pytest.raises(InputError, match="expected a table with one STRING column"):
        match_rules(payments(("c1", 1, 1)), Rules.of(rule()), payments(("c1", 1, 1)))


def test_the_alerts_can_become_a_stream(tables, payments):
    alerts = match_rules(payments(("c1", 5, 1), ("c1", 500, 2)), Rules.of(rule()))
    stream = tables.to_data_stream(alerts.matches)
    with stream.map(lambda row: f"{row[0]} {row[1]}", Types.STRING()).execute_and_collect() as found:
        assert list(found) == ["probe-spend 1"]
