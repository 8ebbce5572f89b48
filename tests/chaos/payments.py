"""Numbered payments, damaged records among them, and what must come of them.

What is expected is worked out here in a few lines of Python, not by the matcher.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CARDS = 500
PROBE, USUAL, SPEND = Decimal("0.50"), Decimal("20.00"), Decimal("600.00")
# As in rules/.
WITHIN_MS = 10 * 60 * 1000
# A card pays about every ten seconds, so some sixty times in a window.
STEP_MS = 20
ONE_DAMAGED_IN = 500
START_MS = 1_750_000_000_000


@dataclass(frozen=True)
class Alert:
    """What tells an alert from all others: its rule, and the first and the last payment in it."""

    rule_id: str
    first: str
    last: str


@dataclass(frozen=True)
class Numbered:
    """Numbered payments: the same for a seed, however often they are asked for.

    Attributes:
        count: How many.
        seed: Of what is random in them.
    """

    count: int
    seed: int

    def __iter__(self) -> Iterator[dict[str, object]]:
        random = Random(self.seed)
        for number in range(self.count):
            card = random.randrange(CARDS)
            amount = random.choices((PROBE, USUAL, SPEND), (1, 100, 2))[0]
            yield self._payment(number, card, amount)

    def afterwards(self) -> Iterator[dict[str, object]]:
        """Later payments, in each partition of the topic, on cards that did nothing else.

        Time has to pass for all that waits for it, and it is payments that tell the time. A job that is started again
        has forgotten what they told, so these come once nothing fails any more.
        """
        for number in range(CARDS):
            last = self._payment(self.count + number, CARDS + number, USUAL)
            yield last | {"paid_at": last["paid_at"] + 2 * WITHIN_MS}

    @staticmethod
    def _payment(number: int, card: int, amount: Decimal) -> dict[str, object]:
        return {
            "payment_id": f"p{number:07}",
            "paid_at": START_MS + number * STEP_MS,
            "card_id": f"c{card:04}",
            "customer_id": f"u{card % 100:03}",
            "terminal_id": f"t{card % 50:02}",
            "merchant_id": f"m{card % 20:02}",
            "amount": amount,
            "currency": "EUR",
            "latitude": 48.0 + card % 7,
            "longitude": 2.0 + card % 5,
        }

    @cached_property
    def alerts(self) -> Counter[Alert]:
        """What the rules of this folder must find, each once."""
        probes: dict[object, deque[tuple[int, str]]] = defaultdict(deque)
        spends: dict[object, deque[tuple[int, str]]] = defaultdict(deque)
        alerts: Counter[Alert] = Counter()
        for payment in self:
            card, at, number = payment["card_id"], int(str(payment["paid_at"])), str(payment["payment_id"])
            for open_ones in (probes[card], spends[card]):
                while open_ones and at - open_ones[0][0] >= WITHIN_MS:
                    open_ones.popleft()
            if payment["amount"] == PROBE:
                probes[card].append((at, number))
            elif payment["amount"] == SPEND:
                if probes[card]:
                    alerts[Alert("probe-then-spend", probes[card][0][1], number)] += 1
                    probes[card].clear()
                spends[card].append((at, number))
                if len(spends[card]) == 3:
                    alerts[Alert("three-spends", spends[card][0][1], number)] += 1
                    spends[card].clear()
        return alerts


def damaged(record: bytes, number: int) -> bytes | None:
    """One of the ways in which a record is damaged: cut off, of a schema that nobody knows, or nothing at all."""
    return (record[: len(record) // 2], b"\x00\x7f\xff\xff\xff" + record[5:], None)[number % 3]
