"""`explain`: why a pattern fired on a list of events, or did not."""

import functools
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from pyflink_cep import CepError, InputError, Pattern, PatternError, UnknownColumnError, explaining
from pyflink_cep._explanation_words import value_text
from pyflink_cep.explaining import EventMatched, PartialMatch, explain
from pyflink_cep.testing import Watermark

FOLDER = Path(__file__).parents[1] / "cases/explaining"
CARD_TESTING = (
    Pattern.begin("probe")
    .where("amount < 1")
    .times_or_more(3)
    .followed_by("spend")
    .where("amount > 500 AND merchant <> LAST(probe.merchant)")
    .within(minutes=10)
)


def cases(file):
    return [pytest.param(case, id=case["name"]) for case in yaml.safe_load((FOLDER / file).read_text())]


def explained(case):
    events = [Watermark(item["watermark"]) if "watermark" in item else item for item in case["events"]]
    options = {name: case[name] for name in ("partition_by", "measures", "final_watermark") if name in case}
    return explain(Pattern.from_document(case["pattern"]), events, **options)


def payment(second, amount, merchant="kiosk", **fields):
    return {"ts": second * 1_000, "amount": amount, "merchant": merchant, **fields}


@pytest.mark.parametrize("case", cases("outcomes.yaml"))
def test_the_text_tells_what_was_tried_and_what_came_of_it(case):
    assert explained(case).to_text() == case["text"]


@pytest.mark.parametrize("case", cases("nearest_miss.yaml"))
def test_the_text_ends_with_the_nearest_miss(case):
    text = explained(case).to_text()

    assert text[text.index("\nNearest miss") + 1 :] == case["nearest_miss"]


def test_datetimes_are_told_in_iso_8601():
    start = datetime(2026, 1, 1, 10, tzinfo=UTC)
    events = [
        {"at": start, "amount": Decimal("0.50"), "card": 17},
        {"at": start + timedelta(seconds=1, milliseconds=500), "amount": Decimal("0.70"), "card": 17},
        {"at": start + timedelta(minutes=10, seconds=40), "amount": Decimal("0.60"), "card": 17},
    ]
    pattern = Pattern.begin("probe").where("amount < 0.65").times(2).within(minutes=10)

    text = explain(pattern, events, time_field="at", partition_by="card").to_text()

    assert text == (
        "No matches in 3 events of 1 key; 2 other partial matches: 2 ran out of time\n"
        "\n"
        "card = 17\n"
        "  2026-01-01T10:00:00Z  event 1  amount = 0.50\n"
        "    begins #1: taken as `probe`; waits for `probe`\n"
        "      `probe`: amount < 0.65 is true (amount = 0.5)\n"
        "  2026-01-01T10:00:01.500000Z  event 2  amount = 0.70\n"
        "    #1 passes it over\n"
        "      `probe`: amount < 0.65 is false (amount = 0.7)\n"
        "    begins nothing\n"
        "      `probe`: amount < 0.65 is false (amount = 0.7)\n"
        "  2026-01-01T10:10:00Z\n"
        "    #1 runs out of time, 10 min after its first event\n"
        "  2026-01-01T10:10:40Z  event 3  amount = 0.60\n"
        "    begins #2: taken as `probe`; waits for `probe`\n"
        "      `probe`: amount < 0.65 is true (amount = 0.6)\n"
        "  2026-01-01T10:20:40Z\n"
        "    #2 runs out of time, 10 min after its first event\n"
        "\n"
        "Nearest miss of card = 17: 1 of 2 `probe`; the second came 40 s too late\n"
        "  #1 began at 2026-01-01T10:00:00Z, and took `probe` event 1\n"
        "  it ran out of time at 2026-01-01T10:10:00Z, 10 min after its first event\n"
        "  the event that was too late is event 3, at 2026-01-01T10:10:40Z\n"
        "  in time, closest was event 2, where amount < 0.65 was false (amount = 0.7)\n"
    )


def test_a_partial_match_past_the_limit_is_dropped(monkeypatch):
    limited = functools.partial(explaining.write_plan, max_partial_matches=1)
    monkeypatch.setattr(explaining, "write_plan", limited)
    pattern = Pattern.begin("a").where("name = 'a'").followed_by("b").where("name = 'b'")

    text = explain(pattern, [{"ts": 1, "name": "a"}, {"ts": 2, "name": "a"}]).to_text()

    assert text == (
        "No matches in 2 events; 2 other partial matches: 1 dropped as its key had too many, 1 still open\n"
        "\n"
        "all events\n"
        "  1 ms  event 1  name = 'a'\n"
        "    begins #1: taken as `a`; waits for `b`\n"
        "      `a`: name = 'a' is true (name = 'a')\n"
        "  2 ms  event 2  name = 'a'\n"
        "    #1 passes it over\n"
        "      `b`: name = 'b' is false (name = 'a')\n"
        "    begins #2: taken as `a`; waits for `b`\n"
        "      `a`: name = 'a' is true (name = 'a')\n"
        "    #1 is dropped, as its key has too many partial matches\n"
        "\n"
        "Nearest miss: `a`, no `b`; dropped, as its key had too many partial matches\n"
        "  #1 began at 1 ms, and took `a` event 1\n"
    )


def test_a_partial_match_has_the_events_that_were_passed_in():
    events = [payment(0, 0.5), payment(60, 9.0), payment(70, 0.6)]

    [key] = explain(CARD_TESTING, events).keys

    assert key.partial_matches[1] == PartialMatch(
        number=1,
        parent=None,
        steps={"probe": [events[0], events[2]]},
        numbers={"probe": [1, 3]},
        started_at=0,
        ended_at=600_000,
        end="timed_out",
    )
    assert key.partial_matches[1].steps["probe"][0] is events[0]


def test_a_fork_has_its_parent_and_the_events_of_both():
    pattern = Pattern.begin("a").where("name = 'a'").followed_by_any("b").where("name = 'b'").followed_by("c")
    events = [{"ts": ts, "name": name} for ts, name in enumerate("abb")]

    [key] = explain(pattern, events).keys

    told = [(match.number, match.parent, match.numbers, match.end) for match in key.partial_matches.values()]
    assert told == [
        (1, None, {"a": [1]}, "open"),
        (2, 1, {"a": [1], "b": [2], "c": [3]}, "matched"),
        (3, 1, {"a": [1], "b": [3]}, "open"),
    ]


def test_the_values_behind_each_part_are_there():
    events = [*(payment(second, 0.5) for second in range(3)), payment(3, 480.0)]

    [key] = explain(CARD_TESTING, events).keys

    [trial] = [trial for trial in key.entries[3].trials if trial.match == 1]
    [spend] = [asked for asked in trial.asked if asked.steps == ["spend"]]
    assert (spend.role, spend.truth) == ("where", "FALSE")
    assert [(reason.sql, reason.truth, reason.values) for reason in spend.reasons] == [
        ("amount > 500", "FALSE", {"amount": "480.0"}),
    ]
    closest = key.nearest_miss.closest
    assert (closest.number, closest.event) == (4, events[3])
    assert [(reason.sql, reason.truth, reason.values) for reason in closest.reasons] == [
        ("amount > 500", "FALSE", {"amount": "480.0"}),
        (
            "merchant <> LAST(probe.merchant)",
            "FALSE",
            {"merchant": "'kiosk'", "LAST(probe.merchant)": "'kiosk'"},
        ),
    ]


TWO_CARDS = [payment(0, 0.5, card=17), payment(1, 0.5, card=18), payment(2, 0.5, card=18)]


@pytest.mark.parametrize("key", [18, "18", [18], {"card": 18}], ids=repr)
def test_one_key_is_explained_and_its_events_keep_their_numbers(key):
    explanation = explain(CARD_TESTING, TWO_CARDS, partition_by="card", key=key)

    [of_key] = explanation.keys
    assert of_key.key == {"card": 18}
    assert [entry.number for entry in of_key.entries[:2]] == [2, 3]
    assert of_key.partial_matches[1].numbers == {"probe": [2, 3]}


def test_events_have_the_numbers_that_they_were_given():
    events = [{"ts": 1, "a": 0}, Watermark(1), {"ts": 2, "a": 1}, {"ts": 1, "a": 1}]
    (key,) = explain(Pattern.begin("x").where("a = 1"), events, numbers=[7, 9, 4]).keys
    assert [entry.number for entry in key.entries if isinstance(entry, EventMatched)] == [7, 9]
    assert (key.partial_matches[1].numbers, list(key.late)) == ({"x": [9]}, [4])


def test_a_key_of_several_fields_is_told_apart_by_all():
    events = [
        payment(0, 0.5, card=1, country="DE"),
        payment(1, 0.5, card=1, country="FR"),
        payment(2, 0.5, card=2, country="FR"),
    ]

    explanation = explain(CARD_TESTING, events, partition_by=["card", "country"], key=(1, "FR"))

    assert [key.key for key in explanation.keys] == [{"card": 1, "country": "FR"}]


def test_a_key_whose_events_are_all_late_is_there():
    events = [payment(9, 0.5, card=1), Watermark(9_000), payment(1, 0.5, card=2), payment(2, 0.5, card=1)]

    explanation = explain(CARD_TESTING, events, partition_by="card")

    assert [(key.key, key.late) for key in explanation.keys] == [
        ({"card": 1}, {3: events[3]}),
        ({"card": 2}, {2: events[2]}),
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"partition_by": "card", "key": 19},
            InputError,
            "key: error[unknown-key]: no event has card = 19\n\nhint: Keys: card = 17, card = 18",
        ),
        (
            {"partition_by": "merchant", "key": "kisok"},
            InputError,
            "key: error[unknown-key]: no event has merchant = 'kisok'\n"
            "\n"
            "hint: did you mean merchant = 'kiosk'? Keys: merchant = 'kiosk'",
        ),
        (
            {"key": 17},
            InputError,
            "key: error[invalid-argument]: all events are of one key\n"
            "\n"
            "hint: say by which fields keys are told apart: partition_by=",
        ),
        (
            {"partition_by": ["card", "merchant"], "key": 17},
            InputError,
            "key: error[invalid-argument]: expected a value for each of `card`, `merchant`, found 17",
        ),
        (
            {"partition_by": "crad", "key": 17},
            UnknownColumnError,
            "partition_by: error[unknown-column]: `crad` is not a column\n"
            "\n"
            "hint: did you mean `card`? Columns: `ts`, `amount`, `merchant`, `card`",
        ),
        (
            {"measures": {"spent": "spend.amont"}},
            PatternError,
            "measure `spent`:1:7: error[unknown-field]: `amont` is not a field\n"
            "  1 | spend.amont\n"
            "    |       ^^^^^\n"
            "\n"
            "hint: did you mean `amount`? Fields: `ts`, `amount`, `merchant`, `card`",
        ),
        (
            {"numbers": [1]},
            InputError,
            "numbers: error[invalid-argument]: expected a number for each of 3 events, found 1",
        ),
    ],
    ids=[
        "unknown-key",
        "mistyped-key",
        "no-key",
        "part-of-a-key",
        "unknown-column",
        "unknown-field",
        "too-few-numbers",
    ],
)
def test_what_does_not_fit_is_refused(arguments, error, message):
    with pytest.raises(CepError) as info:
        explain(CARD_TESTING, TWO_CARDS, **arguments)
    assert type(info.value) is error
    assert str(info.value) == message


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3), "2026-01-02T03:00:00"),
        (b"\x00\xff", "x'00ff'"),
        (["it's", {"x": 1}], "['it''s', {x: 1}]"),
        ("x" * 100, "'" + "x" * 58 + "…"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_told_much_as_sql_writes_them(value, text):
    assert value_text(value) == text


def test_every_public_name_is_there():
    assert Counter(explaining.__all__) == Counter(dict.fromkeys(explaining.__all__, 1))
    assert all(hasattr(explaining, name) for name in explaining.__all__)
