"""`pyflink-cep explain`: on files, for one key, as text, as a page, and for a program."""

import json
import re

import pytest
from typer.testing import CliRunner

from pyflink_cep.cli import app

RULE = """
id: card-testing
version: 3
partition_by: card
steps:
  - {begin: probe, where: amount < 1, times: 3}
  - {followed_by: spend, where: amount > 500}
within: 10 minutes
"""
EVENTS = """ts,card,amount
2026-01-01T00:00:00Z,c1,0.5
2026-01-01T00:01:00Z,c1,0.4
2026-01-01T00:02:00Z,c2,0.4
2026-01-01T00:10:40Z,c1,0.3
"""
TEXT = """\
No matches in 3 events of 1 key; 3 other partial matches: 3 ran out of time

card = 'c1'
  2026-01-01T00:00:00Z  event 1  amount = 0.5
    begins #1: taken as `probe`; waits for `probe`
      `probe`: amount < 1 is true (amount = 0.5)
  2026-01-01T00:01:00Z  event 2  amount = 0.4
    #1 takes it as `probe`; waits for `probe`
      `probe`: amount < 1 is true (amount = 0.4)
    begins #2: taken as `probe`; waits for `probe`
      `probe`: amount < 1 is true (amount = 0.4)
  2026-01-01T00:10:00Z
    #1 runs out of time, 10 min after its first event
  2026-01-01T00:10:40Z  event 4  amount = 0.3
    #2 takes it as `probe`; waits for `probe`
      `probe`: amount < 1 is true (amount = 0.3)
    begins #3: taken as `probe`; waits for `probe`
      `probe`: amount < 1 is true (amount = 0.3)
  2026-01-01T00:11:00Z
    #2 runs out of time, 10 min after its first event
  2026-01-01T00:20:40Z
    #3 runs out of time, 10 min after its first event

Nearest miss of card = 'c1': 2 of 3 `probe`; the third came 40 s too late
  #1 began at 2026-01-01T00:00:00Z, and took `probe` events 1, 2
  it ran out of time at 2026-01-01T00:10:00Z, 10 min after its first event
  the event that was too late is event 4, at 2026-01-01T00:10:40Z
"""


@pytest.fixture
def explain(tmp_path):
    (tmp_path / "rule.yaml").write_text(RULE)
    (tmp_path / "events.csv").write_text(EVENTS)

    def run(*arguments, events="events.csv"):
        return CliRunner().invoke(
            app, ["explain", str(tmp_path / "rule.yaml"), "--events", str(tmp_path / events), *arguments]
        )

    return run


def test_the_events_of_a_key_are_explained_as_text(explain):
    result = explain("--key", "c1")
    assert (result.exit_code, result.stdout) == (0, TEXT)


def test_an_event_has_the_number_of_its_place_in_the_files(explain, tmp_path):
    (tmp_path / "a.csv").write_text(
        "ts,card,amount\n2026-01-01T02:00:00Z,c1,0.5\n2026-01-01T01:00:00Z,c2,0.4\n"
    )
    (tmp_path / "b.csv").write_text(
        "ts,card,amount\n2026-01-01T00:00:00Z,c1,0.3\n2026-01-01T00:30:00Z,c2,0.2\n"
    )

    def numbers(*arguments):
        return re.findall(r"event \d  amount = .*", explain(*arguments, events="[ab].csv").stdout)

    assert numbers() == [
        "event 3  amount = 0.3",
        "event 1  amount = 0.5",
        "event 4  amount = 0.2",
        "event 2  amount = 0.4",
    ]
    assert numbers("--key", "c1") == ["event 3  amount = 0.3", "event 1  amount = 0.5"]
    assert numbers("--key", "c2") == ["event 4  amount = 0.2", "event 2  amount = 0.4"]


def test_an_explanation_is_written_as_a_page(explain, tmp_path):
    result = explain("--key", "c1", "-o", str(tmp_path / "out" / "why.html"))
    written = tmp_path / "out" / "why.html"
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"Written to {written}\n")
    page = (tmp_path / "out" / "why.html").read_text()
    assert "card-testing v3: why it fired, or did not" in page
    assert "the third came 40 s too late" in page


def test_as_json_it_gives_all_that_the_text_does(explain, tmp_path):
    (tmp_path / "events.csv").write_text(
        "ts,card,amount\n2026-01-01T00:00:00Z,c1,0.5\n2026-01-01T00:01:00Z,c1,9\n2026-01-01T00:10:40Z,c1,0.25\n"
    )
    (tmp_path / "rule.yaml").write_text(RULE.replace("times: 3", "times: 2"))

    told = json.loads(explain("--format", "json").stdout)

    def asked(truth, amount):
        reason = {"sql": "amount < 1", "truth": truth, "error": None, "values": {"amount": amount}}
        return [
            {"steps": ["probe"], "role": "where", "sql": "amount < 1", "truth": truth, "reasons": [reason]}
        ]

    def begins(number, amount):
        way = {
            "step": "probe",
            "goes_on_as": number,
            "waits_for": ["probe"],
            "waits_for_window": False,
            "completes": None,
        }
        trial = {"match": None, "fate": "moved", "stop": None, "waits_for": []}
        return {**trial, "asked": asked("TRUE", amount), "ways": [way]}

    def passed_over(match, waits_for):
        trial = {"match": match, "fate": "unchanged", "stop": None, "waits_for": waits_for}
        return {**trial, "asked": asked("FALSE", "9.0"), "ways": []}

    def event(number, time, amount, trials):
        fields = {"ts": time, "card": "c1", "amount": amount}
        return {"kind": "event", "event": number, "time": time, "fields": fields, "trials": trials}

    def timed_out(match, time):
        return {
            "kind": "timed_out",
            "match": match,
            "time": time,
            "window": "first_and_last",
            "length": 600000,
        }

    def timeout(began, ended_at):
        events = {"probe": 1}
        return {
            "started_at": began,
            "ended_at": began,
            "timed_out_at": ended_at,
            "measures": {},
            "events": events,
        }

    def partial_match(number, event, began, ended_at):
        times = {"started_at": began, "ended_at": ended_at}
        return {"number": number, "parent": None, "events": {"probe": [event]}, **times, "end": "timed_out"}

    nearest_miss = {
        "key": {"card": "c1"},
        "summary": "1 of 2 `probe`; the second came 40 s too late",
        "match": 1,
        "progress": [
            {"step": "probe", "taken": 1, "needed": 2},
            {"step": "spend", "taken": 0, "needed": 1},
        ],
        "needed": "probe",
        "closest": {
            "event": 2,
            "time": "2026-01-01T00:01:00Z",
            "reasons": asked("FALSE", "9.0")[0]["reasons"],
        },
        "too_late": {"event": 3, "time": "2026-01-01T00:10:40Z", "by": 40000},
        "timeout": timed_out(1, "2026-01-01T00:10:00Z"),
        "stop": None,
        "waits_for": None,
        "within_match": False,
    }
    assert told == {
        "rule": {"id": "card-testing", "version": 3, "source": f"{tmp_path}/rule.yaml"},
        "matches": [],
        "errors": [],
        "timeouts": [
            timeout("2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z"),
            timeout("2026-01-01T00:10:40Z", "2026-01-01T00:20:40Z"),
        ],
        "keys": [
            {
                "key": {"card": "c1"},
                "entries": [
                    event(1, "2026-01-01T00:00:00Z", 0.5, [begins(1, "0.5")]),
                    event(2, "2026-01-01T00:01:00Z", 9.0, [passed_over(1, ["probe"]), passed_over(None, [])]),
                    timed_out(1, "2026-01-01T00:10:00Z"),
                    event(3, "2026-01-01T00:10:40Z", 0.25, [begins(2, "0.25")]),
                    timed_out(2, "2026-01-01T00:20:40Z"),
                ],
                "partial_matches": [
                    partial_match(1, 1, "2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z"),
                    partial_match(2, 3, "2026-01-01T00:10:40Z", "2026-01-01T00:20:40Z"),
                ],
                "late": [],
                "nearest_miss": nearest_miss,
            }
        ],
        "nearest_miss": nearest_miss,
    }


def test_json_is_written_to_a_file_as_well(explain, tmp_path):
    printed = explain("--format", "json").stdout
    assert explain("--format", "json", "-o", str(tmp_path / "why.json")).stdout == ""
    assert (tmp_path / "why.json").read_text() == printed


def test_times_may_be_numbers_that_rules_see_as_they_are(explain, tmp_path):
    (tmp_path / "numbers.csv").write_text("ts,card,amount\n1767225600,c1,0.5\n1767225660,c1,0.4\n")
    result = explain("--all", events="numbers.csv")
    assert result.exit_code == 0
    assert "2026-01-01T00:01:00Z  event 2  ts = 1767225660, amount = 0.4" in result.stdout


def test_a_key_that_no_event_has_is_refused(explain):
    result = explain("--key", "c9")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "--key: error[unknown-key]: no event has the key c9\n\nhint: Keys: `c1`, `c2`\n"


def test_a_key_of_several_columns_is_a_json_object(explain, tmp_path):
    (tmp_path / "rule.yaml").write_text(RULE.replace("partition_by: card", "partition_by: [card, amount]"))
    assert explain("--key", '{"card": "c1", "amount": 0.5}').exit_code == 0
    result = explain("--key", "c1")
    assert result.exit_code == 2
    assert '{"card": "…", "amount": "…"}' in result.stderr.replace("\n", "").replace("│", "")


def test_null_is_the_key_of_the_events_that_have_none_and_a_text_that_is_null_comes_first(explain, tmp_path):
    (tmp_path / "none.jsonl").write_text(
        '{"ts": 1, "card": null, "amount": 0.5}\n{"ts": 2, "amount": 0.4}\n{"ts": 3, "card": "c1", "amount": 0.3}\n'
    )

    def amounts(key):
        result = explain("--key", key, events="none.jsonl")
        assert (result.exit_code, result.stderr) == (0, "")
        return re.findall(r"event \d  amount = (\S+)", result.stdout)

    assert amounts("NULL") == amounts('{"card": null}') == ["0.5", "0.4"]
    assert amounts("c1") == ["0.3"]
    missing = explain("--key", "null", events="none.jsonl")
    assert missing.stderr.startswith("--key: error[unknown-key]: no event has the key null\n")
    with (tmp_path / "none.jsonl").open("a") as events:
        events.write('{"ts": 4, "card": "NULL", "amount": 0.2}\n')
    assert amounts("NULL") == amounts('{"card": "NULL"}') == ["0.2"]
    assert amounts('{"card": null}') == ["0.5", "0.4"]


def test_a_key_of_several_columns_may_have_null_in_some(explain, tmp_path):
    (tmp_path / "rule.yaml").write_text(RULE.replace("partition_by: card", "partition_by: [card, shop]"))
    (tmp_path / "some.jsonl").write_text(
        '{"ts": 1, "card": null, "shop": "s", "amount": 0.5}\n{"ts": 2, "card": "c1", "amount": 0.4}\n'
        '{"ts": 3, "card": null, "shop": null, "amount": 0.3}\n{"ts": 4, "card": "c1", "shop": "s", "amount": 0.2}\n'
    )
    found = {
        key: re.findall(r"event (\d)  ", explain("--key", key, events="some.jsonl").stdout)
        for key in (
            '{"card": null, "shop": "s"}', '{"card": "c1", "shop": null}', '{"card": null, "shop": null}',
            '{"card": "c1", "shop": "s"}',
        )
    }  # fmt: skip
    assert list(found.values()) == [["1"], ["2"], ["3"], ["4"]]


def test_too_many_events_to_read_are_refused(explain, tmp_path):
    lines = "".join(f"{1767225600000 + second},c1,0.5\n" for second in range(20_001))
    (tmp_path / "many.csv").write_text("ts,card,amount\n" + lines)
    result = explain(events="many.csv")
    assert result.exit_code == 2
    assert "there are 20,001 events, and an explanation is of 20,000 at most" in result.stderr


def test_a_value_that_makes_a_column_of_numbers_text_is_named_with_its_place(explain, tmp_path):
    (tmp_path / "events.csv").write_text(EVENTS.replace("c2,0.4", 'c2,"0,4"'))
    result = explain()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(
        f"{tmp_path}/events.csv:4: error[not-a-number]: `amount` is '0,4', which is no number:"
        " that makes the column text\n"
        "\n"
        "hint: a number is such as 1200.5\n"
        "\n"
        f"{tmp_path}/rule.yaml:6:27: error[type-mismatch]: can't compare STRING with INT\n"
    )
