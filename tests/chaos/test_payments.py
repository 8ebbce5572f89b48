from collections import Counter

from pyflink_cep import Pattern, Skip
from pyflink_cep.testing import find_matches
from tests.chaos.payments import WITHIN_MS, Alert, Numbered, damaged

PATTERNS = {
    "probe-then-spend": Pattern.begin("probe", skip=Skip.past_last_event())
    .where("euros < 1")
    .followed_by("spend")
    .where("euros > 500")
    .within(milliseconds=WITHIN_MS),
    "three-spends": Pattern.begin("spend", skip=Skip.past_last_event())
    .where("euros > 500")
    .times(3)
    .within(milliseconds=WITHIN_MS),
}


def test_what_is_expected_of_numbered_payments_is_what_is_found_in_them():
    numbered = Numbered(20_000, seed=5)
    events = [payment | {"euros": float(str(payment["amount"]))} for payment in numbered]
    found = Counter(
        Alert(
            rule, *(next(iter(match.values()))[0]["payment_id"], list(match.values())[-1][-1]["payment_id"])
        )
        for rule, pattern in PATTERNS.items()
        for match in find_matches(
            pattern,
            [{k: event[k] for k in ("payment_id", "paid_at", "card_id", "euros")} for event in events],
            time_field="paid_at",
            partition_by="card_id",
        ).matches
    )
    assert len(found) > 50
    assert found == numbered.alerts


def test_records_are_damaged_in_three_ways():
    record = b"\x00\x00\x00\x00\x01payment"
    assert [damaged(record, number) for number in range(3)] == [
        b"\x00\x00\x00\x00\x01p",
        b"\x00\x7f\xff\xff\xffpayment",
        None,
    ]
