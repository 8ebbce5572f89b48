"""The same as tests/property/test_out_of_order.py, in one real job."""

import random

from pyflink_cep import Pattern, match
from pyflink_cep.testing import find_matches
from tests.integration.results import at, rows


def test_a_job_finds_in_any_order_within_the_bound_what_sorted_events_hold(payments):
    pattern = (
        Pattern.begin("probe").where("amount < 3").followed_by("spend").where("amount > 6").within(seconds=30)
    )
    chance = random.Random(7)
    sorted_events = [
        {"card": chance.choice("abc"), "amount": float(chance.randrange(10)), "ts": second * 1000}
        for second in range(300)
    ]
    arrivals = sorted(sorted_events, key=lambda event: event["ts"] + chance.randrange(10_000))
    assert arrivals != sorted_events

    measures = {"card": "probe.card", "probed": "probe.amount", "spent": "spend.amount"}
    found = match(
        payments(
            *((event["card"], event["amount"], event["ts"] // 1000) for event in arrivals),
            watermark="`paid_at` - INTERVAL '10' SECOND",
        ),
        pattern,
        partition_by="card",
        measures=measures,
    )
    expected = find_matches(pattern, sorted_events, partition_by="card", measures=measures)
    assert rows(found.matches) == sorted(
        ((*match.measures.values(), at(match.ended_at // 1000)) for match in expected.matches), key=repr
    )
