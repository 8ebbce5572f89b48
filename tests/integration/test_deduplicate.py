"""Events that come several times pass once, in jobs."""

from datetime import timedelta

import pytest

from pyflink_cep import (
    ArgumentTypeError,
    InputError,
    Pattern,
    PatternError,
    UnknownColumnError,
    deduplicate,
    match,
)
from tests.integration.results import at, columns, rows

WEEK = timedelta(days=7)


def test_the_first_of_each_key_passes_with_all_its_columns(payments):
    once = deduplicate(
        payments(("c1", 5, 1), ("c1", 7, 2, "other"), ("c2", 5, 3), ("c1", 5, 4)), ["card", "amount"], WEEK
    )

    assert rows(once) == [
        ("c1", 5.0, "shop", 0, at(1)),
        ("c1", 7.0, "other", 0, at(2)),
        ("c2", 5.0, "shop", 0, at(3)),
    ]


def test_a_rowtime_stays_one_so_that_what_passes_is_matched(payments):
    once = deduplicate(
        payments(("c1", 5, 1), ("c1", 5, 1), ("c1", 7, 2), ("c1", 5, 1)), ["card", "amount"], WEEK
    )

    assert columns(once) == columns(payments(("c1", 5, 1)))
    found = match(
        once,
        Pattern.begin("two").times(2).consecutive(),
        partition_by="card",
        measures={"least": "MIN(two.amount)", "most": "MAX(two.amount)"},
    )
    assert rows(found.matches) == [(5.0, 7.0, at(2))]


def test_a_table_without_a_time_has_none_afterwards(tables):
    events = tables.from_elements([("p1", 1), ("p2", 2), ("p1", 1)], ["id", "n"])

    assert rows(deduplicate(events, "id", WEEK)) == [("p1", 1), ("p2", 2)]


def test_each_call_of_a_job_has_a_name_of_its_own(payments):
    events = payments(("c1", 5, 1), ("c1", 7, 1))
    twice = deduplicate(deduplicate(events, ["card", "amount"], WEEK), "card", WEEK, name="cards")

    assert rows(twice) == [("c1", 5.0, "shop", 0, at(1))]
    with pytest.raises(PatternError) as raised:
        deduplicate(events, "card", WEEK, name="cards")
    assert [(d.code, d.message) for d in raised.value.diagnostics] == [
        ("duplicate-name", "the job has an operator named `cards` already")
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("crad", WEEK), UnknownColumnError, ("unknown-column", "key", "`crad` is not a column")),
        (([], WEEK), InputError, ("invalid-argument", "key", "expected a column at least")),
        ((["card", "card"], WEEK), PatternError, ("duplicate-column", "key", "`card` is in the key already")),
        ((7, WEEK), ArgumentTypeError, ("wrong-type", "key", None)),
        (("card", 7), ArgumentTypeError, ("wrong-type", "ttl", None)),
        (("card", timedelta(0)), PatternError, ("invalid-duration", "ttl", None)),
    ],
)
def test_what_does_not_fit_is_an_error(payments, arguments, error, said):
    with pytest.raises(error) as raised:
        deduplicate(payments(("c1", 5, 1)), *arguments)

    (diagnostic,) = raised.value.diagnostics
    code, location, message = said
    assert (diagnostic.code, diagnostic.location) == (code, location)
    assert message in (None, diagnostic.message)


def test_a_table_that_is_updated_is_refused(tables, payments):
    tables.create_temporary_view("payments", payments(("c1", 5, 1)))
    totals = tables.sql_query("SELECT card, SUM(amount) AS total FROM payments GROUP BY card")

    with pytest.raises(InputError) as raised:
        deduplicate(totals, "card", WEEK)

    assert [diagnostic.code for diagnostic in raised.value.diagnostics] == ["updating-table"]
