"""Payments for the main job, encoded beforehand, so that sending them costs next to nothing.

A payment is one of many templates, with a number and a time put in. Most are everyday payments on a card; a few percent
are on cards of which rules find something again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

import fastavro
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

CARDS, TERMINALS, MERCHANTS = 100_000, 5_000, 1_000
AVERAGE_EUR = 40.0
# What one euro is worth, and the share of the cards that pay in it.
CURRENCIES = {
    "EUR": (1.0, 0.6),
    "GBP": (0.86, 0.15),
    "USD": (1.09, 0.15),
    "PLN": (4.3, 0.05),
    "CHF": (0.95, 0.05),
}
ONLINE = 0.2
# Cards of which something is found, by the kind of rule, and their share of all payments.
PROBED, SPENT, TRAVELLED = 200, 500, 300
SHARES = {"usual": 0.975, "probes": 0.008, "spends": 0.002, "large": 0.01, "travel": 0.005}
# The number in a payment's id has as many digits.
DIGITS = 12


@dataclass(frozen=True)
class Template:
    """A payment without number and time.

    Attributes:
        key: of its record.
        tail: what is behind the time in its record.
    """

    key: bytes
    tail: bytes


class Payments:
    """Payments in the order of their numbers.

    Args:
        schema: of payments, in Avro.
        schema_id: its number in the registry.
        seed: of what is random.
    """

    def __init__(self, schema: dict, schema_id: int, seed: int = 1) -> None:
        self._schema = fastavro.parse_schema(schema)
        # As Confluent's serializers have it: a zero, and the schema's id in four bytes.
        # Then how long the payment's id is.
        self._head = bytes(1) + schema_id.to_bytes(4, "big") + _varint(DIGITS)
        random = np.random.default_rng(seed)
        groups = {name: list(self._templates(name, random)) for name in SHARES}
        self._templates_of_all = [template for group in groups.values() for template in group]
        weights = [np.full(len(group), SHARES[name] / len(group)) for name, group in groups.items()]
        # Drawn once, and gone through again and again.
        self._order = random.choice(
            len(self._templates_of_all), 1_000_003, p=np.concatenate(weights)
        ).tolist()

    def record(self, number: int, paid_at: int) -> tuple[bytes, bytes]:
        """The key and the value of a payment's record.

        Args:
            number: of the payment: its id.
            paid_at: milliseconds since 1970.
        """
        template = self._templates_of_all[self._order[number % len(self._order)]]
        return template.key, b"%b%012d%b%b" % (self._head, number, _varint(paid_at), template.tail)

    def _templates(self, group: str, random: np.random.Generator) -> Iterator[Template]:
        """The payments of a group."""
        if group == "usual":
            for card in range(CARDS):
                amount = AVERAGE_EUR * random.uniform(0.1, 2.0)
                yield self._template(card, amount, card % TERMINALS, online=random.random() < ONLINE)
        elif group in ("probes", "spends"):
            for number in range(PROBED):
                yield self._template(
                    CARDS + number, 0.5 if group == "probes" else 620.0, len(group), online=True
                )
        elif group == "large":
            for number in range(SPENT):
                # Ten cards a terminal, so that rules by terminal find something too.
                yield self._template(CARDS + PROBED + number, AVERAGE_EUR * 6, number // 10, online=False)
        else:
            for number in range(TRAVELLED):
                for place in (number, number + TERMINALS // 2):
                    yield self._template(CARDS + PROBED + SPENT + number, AVERAGE_EUR, place, online=False)

    def _template(self, card: int, euros: float, terminal: int, online: bool) -> Template:
        currency = currency_of(card)
        latitude, longitude = (None, None) if online else place_of(terminal)
        payment = {
            "payment_id": "0" * DIGITS,
            # The numbers of times in the next years have as many bytes.
            "paid_at": 1_750_000_000_000,
            "card_id": f"card-{card:06}",
            "customer_id": f"customer-{card:06}",
            "terminal_id": f"terminal-{terminal:05}",
            "merchant_id": f"merchant-{terminal % MERCHANTS:04}",
            "amount": Decimal(round(euros * CURRENCIES[currency][0] * 100)).scaleb(-2),
            "currency": currency,
            "latitude": latitude,
            "longitude": longitude,
        }
        record = BytesIO()
        fastavro.schemaless_writer(record, self._schema, payment)
        front = len(_varint(DIGITS)) + DIGITS + len(_varint(payment["paid_at"]))
        return Template(payment["card_id"].encode(), record.getvalue()[front:])


def customers(valid_from: int) -> Iterator[dict]:
    """The profiles of all cards' holders."""
    for card in range(CARDS + PROBED + SPENT + TRAVELLED):
        latitude, longitude = place_of(card % TERMINALS)
        yield {
            "customer_id": f"customer-{card:06}",
            "valid_from": valid_from,
            "home_latitude": latitude,
            "home_longitude": longitude,
            "currency": currency_of(card),
            "average_eur": AVERAGE_EUR,
        }


def rates(valid_from: int) -> Iterator[dict]:
    """What a euro is worth in each currency."""
    for currency, (per_eur, _) in CURRENCIES.items():
        yield {"currency": currency, "valid_from": valid_from, "per_eur": per_eur}


def place_of(terminal: int) -> tuple[float, float]:
    """Latitude and longitude of a terminal: those with near numbers are near each other."""
    return 35.0 + 20.0 * terminal / TERMINALS, -5.0 + 25.0 * terminal / TERMINALS


def currency_of(card: int) -> str:
    """In which a card's payments are."""
    slice_, bound = card % 100 / 100, 0.0
    for currency, (_, share) in CURRENCIES.items():
        bound += share
        if slice_ < bound - 1e-9:
            return currency
    return "EUR"


def _varint(number: int) -> bytes:
    """A number as Avro has it."""
    number <<= 1
    coded = bytearray()
    while number > 0x7F:
        coded.append(number & 0x7F | 0x80)
        number >>= 7
    coded.append(number)
    return bytes(coded)
