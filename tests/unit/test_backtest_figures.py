"""What is counted of alerts, on hand-made ones."""

import json
from datetime import UTC, datetime

import pandas as pd
import pytest

from pyflink_cep import InputError
from pyflink_cep._backtest.evaluation import Period, check_period, evaluate
from tests.hand_made_alerts import BURST, FOUND, LARGE, alerts, history, rule


def figures(rules, found, events=None, **options):
    options = {"period": Period(), "seconds": 2.0, "parallelism": 2} | options
    backtest = evaluate(events or history(), rules, found, **options)
    return json.loads(backtest.to_json())


def example(key, started_at, ended_at, events, labels):
    return {
        "key": {"card": key},
        "started_at": started_at,
        "ended_at": ended_at,
        "measures": {"n": events},
        "events": events,
        "labels": labels,
    }


def test_all_that_is_counted():
    assert figures([BURST, LARGE], FOUND, label="kind") == {
        "events": 6,
        "first_event": "2018-04-01T10:00:00.000Z",
        "last_event": "2018-04-04T11:00:00.000Z",
        "from": None,
        "to": None,
        "evaluated_events": 6,
        "seconds": 2.0,
        "events_a_second": 3,
        "parallelism": 2,
        "label": "kind",
        "rules": [
            {
                "id": "burst",
                "version": 2,
                "status": "live",
                "severity": "high",
                "description": "Several at once",
                "partition_by": ["card"],
                "rollout": 50.0,
                "alerts": 4,
                "alerts_a_day": 1.0,
                "by_day": {"2018-04-01": 1, "2018-04-02": 2, "2018-04-03": 0, "2018-04-04": 1},
                "keys": 2,
                "top_keys": [{"key": {"card": "a"}, "alerts": 2}, {"key": {"card": "b"}, "alerts": 2}],
                "examples": [
                    example("a", "2018-04-01T10:00:00.000Z", "2018-04-01T11:00:00.000Z", 2, ["theft"]),
                    example("b", "2018-04-01T12:00:00.000Z", "2018-04-02T10:00:00.000Z", 2, ["theft"]),
                    example("a", "2018-04-04T10:00:00.000Z", "2018-04-04T10:00:00.000Z", 1, ["theft"]),
                    example("b", "2018-04-02T10:00:00.000Z", "2018-04-02T10:00:00.000Z", 1, []),
                ],
                "nearest_miss": None,
                "score": {
                    "alerts": 4,
                    "right": 3,
                    "precision": 0.75,
                    "labelled": 4,
                    "found": 3,
                    "recall": 0.75,
                    "by_value": [
                        {
                            "value": "loan",
                            "events": 1,
                            "found": 0,
                            "recall": 0.0,
                            "keys": 1,
                            "keys_found": 0,
                            "key_recall": 0.0,
                        },
                        {
                            "value": "theft",
                            "events": 3,
                            "found": 3,
                            "recall": 1.0,
                            "keys": 2,
                            "keys_found": 2,
                            "key_recall": 1.0,
                        },
                    ],
                },
            },
            {
                "id": "large",
                "version": 1,
                "status": "shadow",
                "severity": "medium",
                "description": "",
                "partition_by": ["card"],
                "rollout": 100.0,
                "alerts": 2,
                "alerts_a_day": 0.5,
                "by_day": {"2018-04-01": 1, "2018-04-02": 0, "2018-04-03": 0, "2018-04-04": 1},
                "keys": 2,
                "top_keys": [{"key": {"card": "a"}, "alerts": 1}, {"key": {"card": "c"}, "alerts": 1}],
                "examples": [
                    example("a", "2018-04-01T11:00:00.000Z", "2018-04-01T11:00:00.000Z", 1, ["theft"]),
                    example("c", "2018-04-04T11:00:00.000Z", "2018-04-04T11:00:00.000Z", 1, ["loan"]),
                ],
                "nearest_miss": None,
                "score": {
                    "alerts": 2,
                    "right": 2,
                    "precision": 1.0,
                    "labelled": 4,
                    "found": 2,
                    "recall": 0.5,
                    "by_value": [
                        {
                            "value": "loan",
                            "events": 1,
                            "found": 1,
                            "recall": 1.0,
                            "keys": 1,
                            "keys_found": 1,
                            "key_recall": 1.0,
                        },
                        {
                            "value": "theft",
                            "events": 3,
                            "found": 1,
                            "recall": 1 / 3,
                            "keys": 2,
                            "keys_found": 1,
                            "key_recall": 0.5,
                        },
                    ],
                },
            },
        ],
        "live_rules": {
            "alerts": 4,
            "score": {
                "alerts": 4,
                "right": 3,
                "precision": 0.75,
                "labelled": 4,
                "found": 3,
                "recall": 0.75,
                "by_value": [
                    {"value": "loan", "events": 1, "found": 0, "recall": 0.0},
                    {"value": "theft", "events": 3, "found": 3, "recall": 1.0},
                ],
            },
        },
        "overlaps": [{"rules": ["burst", "large"], "alerts": [1, 1], "jaccard": 1 / 6}],
        "problems": [],
        "against": None,
    }


def test_live_rules_together_count_an_event_once_and_leave_shadow_rules_out():
    rules = [BURST, rule("large"), rule("quiet", status="shadow")]
    told = figures(rules, pd.concat([FOUND, alerts(("quiet", "b", (3,)))]), label="kind")
    score = told["live_rules"]["score"]
    assert told["live_rules"]["alerts"] == 6
    assert (score["right"], score["found"], score["labelled"]) == (5, 4, 4)


def test_without_labels_there_are_no_scores():
    told = figures([BURST], FOUND[FOUND["rule_id"] == "burst"], history(labelled=False))
    assert told["rules"][0]["score"] is None
    assert told["live_rules"] == {"alerts": 4, "score": None}
    assert [example["measures"] for example in told["rules"][0]["examples"]] == [{"n": 2}, {"n": 1}, {"n": 1}]
    assert all("labels" not in example for example in told["rules"][0]["examples"])


def test_a_rule_without_alerts_has_no_precision_and_a_paused_one_no_score():
    rules = [rule("quiet"), rule("paused", status="paused")]
    quiet, paused = figures(rules, alerts(), label="kind")["rules"]
    assert (quiet["alerts"], quiet["score"]["precision"], quiet["score"]["recall"]) == (0, None, 0.0)
    assert (paused["alerts"], paused["score"]) == (0, None)


def test_a_rule_of_one_key_has_no_recall_of_keys():
    everywhere = rule("everywhere", partition_by=[])
    found = alerts(("everywhere", "a", (1,)))
    assert figures([everywhere], found, label="kind")["rules"][0]["score"]["by_value"] == [
        {"value": "loan", "events": 1, "found": 0, "recall": 0.0},
        {"value": "theft", "events": 3, "found": 1, "recall": 1 / 3},
    ]


def test_before_the_period_events_lead_up_to_alerts_and_are_not_counted():
    period = Period(datetime(2018, 4, 2, tzinfo=UTC), datetime(2018, 4, 4, 11, tzinfo=UTC))
    told = figures([BURST, LARGE], FOUND, period=period, label="kind")
    burst, large = told["rules"]
    assert (told["events"], told["evaluated_events"]) == (6, 2)
    assert (told["from"], told["to"]) == ("2018-04-02T00:00:00.000Z", "2018-04-04T11:00:00.000Z")
    assert burst["by_day"] == {"2018-04-02": 2, "2018-04-03": 0, "2018-04-04": 1}
    # The alert of the 2nd took a theft of the 1st: it is right, and what it found is not of the period.
    assert (burst["score"]["right"], burst["score"]["found"], burst["score"]["labelled"]) == (2, 1, 1)
    assert large["alerts"] == 0


def test_a_period_after_all_events_is_refused():
    with pytest.raises(InputError) as caught:
        check_period(history(), Period(datetime(2018, 5, 1, tzinfo=UTC)))
    assert str(caught.value) == (
        "--from: error[no-events]: there are no events from 2018-05-01 00:00 on; the last is of 2018-04-04 11:00"
    )


def test_the_ten_keys_that_alert_most_are_named_and_ties_are_in_order():
    found = alerts(*[("burst", f"{card:02}", (0,)) for card in range(12)], ("burst", "11", (1,)))
    burst = figures([BURST], found)["rules"][0]
    assert burst["keys"] == 12
    assert [(entry["key"]["card"], entry["alerts"]) for entry in burst["top_keys"]] == [
        ("11", 2),
        *((f"{card:02}", 1) for card in range(9)),
    ]


def test_against_older_rules_alerts_are_the_same_new_or_gone():
    old_rules = [rule("burst", 1), rule("dropped")]
    old = alerts(("burst", "a", (0, 1)), ("burst", "a", (0, 1)), ("burst", "c", (5,)), ("dropped", "b", (2,)))
    told = figures([BURST, LARGE], FOUND, label="kind", against=(old_rules, old))["against"]

    def counts(change):
        return {name: change[name] for name in ("id", "old_version", "new_version", "same", "new", "gone")}

    burst, large, dropped = told["rules"]
    assert counts(burst) == {
        "id": "burst",
        "old_version": 1,
        "new_version": 2,
        "same": 1,
        "new": 3,
        "gone": 2,
    }
    assert counts(large) == {
        "id": "large",
        "old_version": None,
        "new_version": 1,
        "same": 0,
        "new": 2,
        "gone": 0,
    }
    assert counts(dropped) == {
        "id": "dropped",
        "old_version": 1,
        "new_version": None,
        "same": 0,
        "new": 0,
        "gone": 1,
    }
    assert burst["gone_examples"] == [
        example("a", "2018-04-01T10:00:00.000Z", "2018-04-01T11:00:00.000Z", 2, ["theft"]),
        example("c", "2018-04-04T11:00:00.000Z", "2018-04-04T11:00:00.000Z", 1, ["loan"]),
    ]
    assert burst["precision_change"] == pytest.approx(0.75 - 1)
    assert burst["recall_change"] == pytest.approx(0.75 - 0.5)
    assert (dropped["new_score"], dropped["precision_change"]) == (None, None)
    assert told["live_rules"]["recall_change"] == pytest.approx(0.75 - 0.75)


def test_two_rules_overlap_by_alerts_and_by_events():
    rules = [rule("one"), rule("two"), rule("three")]
    found = alerts(
        ("one", "a", (0, 1)),
        ("one", "a", (1, 4)),
        ("two", "a", (0, 1, 4)),
        ("two", "b", (2,)),
        ("three", "b", (3,)),
    )
    assert figures(rules, found)["overlaps"] == [
        {"rules": ["one", "two"], "alerts": [2, 1], "jaccard": 3 / 4}
    ]
