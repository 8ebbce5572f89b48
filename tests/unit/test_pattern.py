from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from pyflink_cep import ArgumentTypeError, Pattern, PatternError, Skip

CARD_TESTING = (
    Pattern.begin("probe", skip=Skip.to_last("spend", throw_on_miss=True))
    .where("amount < 1")
    .where("merchant IS NOT NULL")
    .or_where("test")
    .times_or_more(3, within=timedelta(seconds=10))
    .greedy()
    .consecutive()
    .until("amount > 9")
    .followed_by_any(Pattern.begin("a").times(2).next("b").times(1, 4).optional())
    .times(2, 5)
    .not_followed_by("refund")
    .within(seconds=1, between="previous_and_current")
    .next("spend")
    .within(minutes=10)
)
DOCUMENT = {
    "skip": {"to_last": "spend", "throw_on_miss": True},
    "steps": [
        {
            "begin": "probe",
            "where": ["amount < 1", "merchant IS NOT NULL", {"or": "test"}],
            "times": "3+",
            "times_within": 10_000,
            "consecutive": True,
            "greedy": True,
            "until": "amount > 9",
        },
        {
            "followed_by_any": [
                {"begin": "a", "times": 2},
                {"next": "b", "times": "1..4", "optional": True},
            ],
            "times": "2..5",
        },
        {"not_followed_by": "refund", "within_previous": 1_000},
        {"next": "spend"},
    ],
    "within": 600_000,
}


def test_a_pattern_is_written_as_a_document():
    assert CARD_TESTING.to_document() == DOCUMENT


def test_a_document_is_read_as_a_pattern():
    assert Pattern.from_document(DOCUMENT) == CARD_TESTING


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (1_500, timedelta(milliseconds=1_500)),
        ("500 ms", timedelta(milliseconds=500)),
        ("10 minutes", timedelta(minutes=10)),
        ("1 hour 30 minutes", timedelta(hours=1, minutes=30)),
        ("2d 3h 4m 5s 6ms", timedelta(days=2, hours=3, minutes=4, seconds=5, milliseconds=6)),
        ("1.5 sec", timedelta(milliseconds=1_500)),
    ],
)
def test_a_document_has_durations_in_words(written, read):
    pattern = Pattern.from_document({"steps": [{"begin": "a", "within": written}]})

    assert pattern == Pattern.begin("a").within(read)


def test_from_zero_times_is_optional_in_a_document_too():
    assert Pattern.from_document({"steps": [{"begin": "a", "times": "0..2"}]}) == Pattern.begin("a").times(
        0, 2
    )


def test_all_that_is_wrong_with_a_document_is_reported_at_once():
    document = {
        "skip": "past_last",
        "wthin": 1,
        "steps": [
            {"begin": "a", "were": "TRUE", "times": "3-4", "optional": "yes"},
            {"begin": "b"},
            {"next": "c", "times_within": "3 fortnights", "until": "TRUE"},
            "d",
            {"next": [{"next": "e"}]},
            {"not_next": [{"begin": "f"}]},
            {"next": "g", "times": 0, "within": -1},
        ],
    }

    with pytest.raises(PatternError) as error:
        Pattern.from_document(document)

    assert [f"{found.location}: {found.message}" for found in error.value.diagnostics] == [
        "pattern: `wthin` is not a key",
        "skip: expected none, to_next, past_last_event, {to_first: STEP} or {to_last: STEP}, found 'past_last'",
        "steps[0]: `were` is not a key",
        "steps[0]: `times` is such as `3`, `2..5` or `3+`, found '3-4'",
        "steps[0]: `optional` is true or false, found 'yes'",
        "steps[1]: expected one of `next`, `followed_by`, `followed_by_any`, `not_next`, "
        "`not_followed_by`, found `begin`",
        "times_within of steps[2]: `fortnights` is not a unit: expected ms, seconds, minutes, hours, days or weeks",
        "step `c`: `until` ends a loop, and this is none",
        "steps[3]: expected a step, found 'd'",
        "steps[4].next[0]: expected one of `begin`, found `next`",
        "not_next: expected the name of a step, found Pattern.begin('f') of type Pattern",
        "step `g`: expected a number of events of 1 or more, found 0",
        "within of step `g`: expected a positive whole number of milliseconds, found -1 day, 23:59:59.999000",
    ]
    assert error.value.diagnostics[0].hint == (
        "did you mean `within`? Keys: `skip`, `steps`, `within`, `within_previous`"
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "pattern: error[invalid-document]: expected an object with `steps`, found []"),
        ({}, "steps: error[invalid-document]: expected a list of steps, found None"),
        ({"steps": []}, "steps: error[invalid-document]: expected a list of steps, found []"),
        (
            {"steps": [{"begin": "a", "within": 5}], "within": 5},
            "pattern: error[window-twice]: `within` is set here and at the last step",
        ),
        (
            {"steps": [{"begin": "a", "times_within": 5}]},
            "steps[0]: error[missing-quantifier]: `times_within` needs `times`",
        ),
        (
            {"steps": [{"begin": "a", "within": True}]},
            "within of steps[0]: error[wrong-type]: "
            "expected milliseconds or text such as '10 minutes', found True of type bool",
        ),
        (
            {"steps": [{"begin": "a", "within": "soon"}]},
            "within of steps[0]: error[invalid-duration]: "
            "`soon` is not a duration: expected such as `10 minutes` or `1 hour 30 minutes`",
        ),
        (
            {"skip": {"to_first": 3}, "steps": [{"begin": "a"}]},
            "skip: error[wrong-type]: expected the name of a step, found 3 of type int",
        ),
        (
            {"steps": [{"begin": "a"}, {"next": "a"}]},
            "step `a`: error[duplicate-step]: 2 steps have this name, and names are unique in a pattern",
        ),
    ],
)
def test_a_wrong_document_is_refused(document, message):
    with pytest.raises(PatternError) as error:
        Pattern.from_document(document)

    assert str(error.value) == message


def test_a_pattern_is_immutable():
    probe = Pattern.begin("probe")

    probe.where("amount < 1").next("spend")

    assert probe == Pattern.begin("probe")
    with pytest.raises(FrozenInstanceError):
        probe.skip = Skip.to_next()


def test_a_pattern_that_its_check_refuses_is_not_written():
    pattern = Pattern.begin("a", skip=Skip.to_first("b")).next("a").not_followed_by("c")

    with pytest.raises(PatternError) as error:
        pattern.to_document()

    assert [found.code for found in error.value.diagnostics] == [
        "duplicate-step",
        "unknown-step",
        "missing-window",
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Pattern.begin(3),
            "begin: error[wrong-type]: expected the name of a step or a Pattern, found 3 of type int",
        ),
        (
            lambda: Pattern.begin("a", skip="to_next"),
            "begin: error[wrong-type]: expected a skip strategy such as Skip.past_last_event(), "
            "found 'to_next' of type str",
        ),
        (
            lambda: Pattern.begin("a").not_next(Pattern.begin("b")),
            "not_next: error[wrong-type]: expected the name of a step, found Pattern.begin('b') of type Pattern",
        ),
        (
            lambda: Pattern.begin("a").where(None),
            "where of step `a`: error[wrong-type]: expected a condition in SQL, found None of type NoneType",
        ),
        (
            lambda: Pattern.begin("a").times("3"),
            "times of step `a`: error[wrong-type]: expected a whole number, found '3' of type str",
        ),
        (
            lambda: Pattern.begin("a").times(True),
            "times of step `a`: error[wrong-type]: expected a whole number, found True of type bool",
        ),
        (
            lambda: Pattern.begin("a").one_or_more(within=5),
            "within of step `a`: error[wrong-type]: expected a timedelta, found 5 of type int",
        ),
        (
            lambda: Pattern.begin("a").within(5),
            "within of step `a`: error[wrong-type]: expected a timedelta, found 5 of type int",
        ),
        (
            lambda: Pattern.begin("a").within(minutes="5"),
            "within of step `a`: error[wrong-type]: expected a number of minutes, found '5' of type str",
        ),
    ],
)
def test_an_argument_of_the_wrong_type_is_refused(call, message):
    with pytest.raises(ArgumentTypeError) as error:
        call()

    assert str(error.value) == message


def test_a_window_is_a_timedelta_or_keywords_and_not_both():
    with pytest.raises(PatternError) as error:
        Pattern.begin("a").within(timedelta(minutes=1), seconds=1)

    assert str(error.value) == (
        "within of step `a`: error[two-durations]: give the window as a timedelta or by keywords, not both"
    )
