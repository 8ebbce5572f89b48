"""Generate card payments with labelled fraud, for `jobs/card_fraud.py`.

Customers live in a city, have a profile currency, a spending average and a daily rhythm; some travel. Terminals have a
place, online merchants have none. Into their payments are put incidents of four kinds of fraud, and as many legitimate
look-alikes, so that telling them apart takes thought. Some payments arrive out of order, a few too late, and a few
records are malformed. The same seed and size give the same bytes.

Writes into a directory:
    payments/          a file with one payment a line, in order of arrival; compressed, so that Flink reads it in one
                       piece
    customers.jsonl    profiles: customer_id, valid_from, home_latitude, home_longitude, currency, average_eur
    rates.jsonl        what one euro is worth, day by day: currency, valid_from, per_eur
    labels.csv         the fraudulent payments: payment_id, kind, incident. Such a payment has its kind in `fraud`, too
    malformed.csv      the malformed records, and the field that is at fault: field, payload

Run:    python -m generators.card_fraud --payments 200000 --seed 7 --directory out/card_fraud
        python -m generators.card_fraud --payments 200000 --to kafka://localhost:9092 --registry URL --rate 20000

With --to it sends to Kafka in place of files, in Avro where there is a --registry: `generators/card_fraud_topics.py`.
With --file it sends the payments of a file, a line of JSON each, and generates none.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

# Each is the id of the rule that looks for it.
KINDS = ("card-testing", "impossible-travel", "spending-burst", "terminal-misuse")
START = np.datetime64("2025-03-03T00:00:00.000", "ms")
DAYS = 14
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

# name, currency, latitude, longitude, share of the customers
CITIES = (
    ("London", "GBP", 51.51, -0.13, 12),
    ("Paris", "EUR", 48.86, 2.35, 11),
    ("Berlin", "EUR", 52.52, 13.41, 10),
    ("Madrid", "EUR", 40.42, -3.70, 8),
    ("Rome", "EUR", 41.90, 12.50, 7),
    ("Amsterdam", "EUR", 52.37, 4.90, 6),
    ("Vienna", "EUR", 48.21, 16.37, 5),
    ("Warsaw", "PLN", 52.23, 21.01, 7),
    ("Stockholm", "SEK", 59.33, 18.07, 5),
    ("Zurich", "CHF", 47.38, 8.54, 5),
    ("Lisbon", "EUR", 38.72, -9.14, 4),
    ("Dublin", "EUR", 53.35, -6.26, 3),
    ("Athens", "EUR", 37.98, 23.73, 3),
    ("Istanbul", "TRY", 41.01, 28.98, 3),
    ("New York", "USD", 40.71, -74.01, 4),
    ("Toronto", "CAD", 43.65, -79.38, 2),
    ("Sao Paulo", "BRL", -23.55, -46.63, 1),
    ("Singapore", "SGD", 1.35, 103.82, 1),
    ("Tokyo", "JPY", 35.68, 139.69, 2),
    ("Sydney", "AUD", -33.87, 151.21, 1),
)
RATES = {
    "EUR": 1.0, "GBP": 0.86, "PLN": 4.31, "SEK": 11.2, "CHF": 0.95, "TRY": 41.0, "USD": 1.09,
    "CAD": 1.48, "BRL": 5.9, "SGD": 1.45, "JPY": 163.0, "AUD": 1.66,
}  # fmt: skip
WITHOUT_CENTS = ("JPY",)

# Kinds of merchant: share of the terminals, and what they charge in units of the customer's average.
MERCHANTS = (("cafe", 0.30, 0.25), ("grocer", 0.40, 0.9), ("clothes", 0.22, 1.4), ("electronics", 0.08, 2.6))
REQUIRED = (
    "payment_id", "paid_at", "card_id", "customer_id", "terminal_id", "merchant_id", "amount", "currency",
)  # fmt: skip
MALFORMED = 11 + len(REQUIRED)  # ways to damage a record
MICROPAYMENTS = 0.01  # parking meters, songs: these online merchants charge cents


@dataclass(frozen=True)
class World:
    """Who pays, and where."""

    city: np.ndarray  # of the customer
    home: np.ndarray  # latitude, longitude
    average: np.ndarray  # euros
    activity: np.ndarray  # share of all payments
    peak: np.ndarray  # hour of the day, local
    card_customer: np.ndarray  # customer of each card
    terminal_city: np.ndarray  # -1: online
    terminal_place: np.ndarray
    terminal_level: np.ndarray  # charges in units of the customer's average
    terminal_currency: np.ndarray
    city_start: np.ndarray  # first terminal of each city; the terminals are sorted by city
    per_eur: np.ndarray  # currency by day


@dataclass
class Payments:
    """Columns of payments; `kind` is an index into KINDS, or -1."""

    card: np.ndarray
    terminal: np.ndarray
    time: np.ndarray  # seconds since START
    euros: np.ndarray
    kind: np.ndarray
    incident: np.ndarray

    def take(self, rows: np.ndarray) -> Payments:
        return Payments(*(column[rows] for column in vars(self).values()))

    @staticmethod
    def concatenate(parts: list[Payments]) -> Payments:
        return Payments(
            *(np.concatenate(columns) for columns in zip(*(vars(p).values() for p in parts), strict=True))
        )


@dataclass
class Incidents:
    """Collects payments of incidents and look-alikes, one by one."""

    rows: list[tuple] = field(default_factory=list)
    count: int = 0

    def add(self, kind: int, cards, terminals, times, euros) -> None:
        """Adds one incident of a kind of fraud; kind -1 is a look-alike."""
        self.rows += zip(*np.broadcast_arrays(cards, terminals, times, euros, kind, self.count), strict=True)
        self.count += 1

    def payments(self) -> Payments:
        card, terminal, time, euros, kind, incident = (
            np.array(column) for column in zip(*self.rows, strict=True)
        )
        return Payments(card, terminal, time.astype(float), euros.astype(float), kind, incident)


def kilometres(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Great-circle distance between places, each an array of (latitude, longitude) in degrees."""
    lat1, lon1, lat2, lon2 = np.radians([one[..., 0], one[..., 1], other[..., 0], other[..., 1]])
    a = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 12742.0 * np.arcsin(np.sqrt(a))


def make_world(rng: np.random.Generator, payments: int) -> World:
    customers, terminals = max(payments // 50, 50), max(payments // 130, 60)
    online = max(payments // 2000, 10)
    places = np.array([(lat, lon) for _, _, lat, lon, _ in CITIES])
    shares = np.array([share for *_, share in CITIES], float)
    shares /= shares.sum()
    currencies = list(RATES)
    city_currency = np.array([currencies.index(currency) for _, currency, *_ in CITIES])

    city = rng.choice(len(CITIES), customers, p=shares)
    activity = rng.gamma(2.0, 1.0, customers) + 0.1
    second_card = rng.permutation(customers)[: customers // 5]

    each_city = np.repeat(np.arange(len(CITIES)), 2)  # at least two terminals a city
    terminal_city = np.concatenate([each_city, rng.choice(len(CITIES), terminals - len(each_city), p=shares)])
    terminal_city = np.concatenate([np.sort(terminal_city), np.full(online, -1)])
    level = rng.choice([level for *_, level in MERCHANTS], terminals, p=[share for _, share, _ in MERCHANTS])
    level = np.concatenate([level, np.where(np.arange(online) % 4 == 0, MICROPAYMENTS, 1.0)])
    in_city = terminal_city >= 0
    euro_or_dollar = rng.choice(
        [currencies.index("EUR"), currencies.index("USD")], terminals + online, p=[0.8, 0.2]
    )
    walk = np.cumsum(rng.normal(0, 0.004, (len(RATES), DAYS + 1)), axis=1)
    walk[0] = 0
    return World(
        city=city,
        home=places[city] + rng.normal(0, 0.06, (customers, 2)),
        average=np.round(np.exp(rng.normal(np.log(38), 0.45, customers)), 2),
        activity=activity / activity.sum(),
        peak=rng.choice([9.0, 13.0, 18.5, 22.0], customers, p=[0.15, 0.3, 0.45, 0.1])
        + rng.normal(0, 0.7, customers),
        card_customer=np.concatenate([np.arange(customers), second_card]),
        terminal_city=terminal_city,
        terminal_place=places[terminal_city] + rng.normal(0, 0.05, (terminals + online, 2)),
        terminal_level=level,
        terminal_currency=np.where(in_city, city_currency[terminal_city], euro_or_dollar),
        city_start=np.searchsorted(terminal_city[:terminals], np.arange(len(CITIES) + 1)),
        per_eur=np.array(list(RATES.values()))[:, None] * np.exp(walk),
    )


def daily_payments(rng: np.random.Generator, world: World, count: int) -> Payments:
    """Legitimate payments of daily life and of journeys, `count` of them."""
    surplus = int(count * 1.15) + 100
    customers = len(world.city)
    of_card = world.activity[world.card_customer] / np.bincount(world.card_customer)[world.card_customer]
    card = rng.choice(len(world.card_customer), surplus, p=of_card)
    customer = world.card_customer[card]

    weekday = np.array([0.9, 0.9, 0.95, 1.0, 1.25, 1.3, 0.7] * (DAYS // 7))
    day = rng.choice(DAYS, surplus, p=weekday / weekday.sum())
    by_habit = world.peak[customer] + rng.normal(0, 1.8, surplus)
    any_time = rng.normal(14.5, 4.0, surplus)
    hour = np.where(rng.random(surplus) < 0.7, by_habit, any_time) % 24
    offset = np.round(np.array([lon for *_, lon, _ in CITIES]) / 15)  # time zones, near enough
    time = day * DAY + ((hour - offset[world.city[customer]]) % 24) * HOUR

    # One customer in eight spends some days in another city, and pays nothing while travelling.
    away = (customers + rng.integers(1, len(CITIES), customers) + world.city) % len(CITIES)
    away = np.where(away == world.city, (away + 1) % len(CITIES), away)
    leaves = np.where(rng.random(customers) < 0.125, rng.uniform(1, DAYS - 2, customers) * DAY, np.inf)
    returns = leaves + rng.uniform(1.5, 5, customers) * DAY
    is_away = (time >= leaves[customer]) & (time < returns[customer])
    places = np.array([(lat, lon) for _, _, lat, lon, _ in CITIES])
    journey = (kilometres(places[world.city], places[away]) / 750 * HOUR + 1.5 * HOUR)[customer]
    travelling = (np.abs(time - leaves[customer]) < journey) | (np.abs(time - returns[customer]) < journey)

    # A customer goes to the same few terminals of a city most of the time.
    city = np.where(is_away, away[customer], world.city[customer])
    terminals = world.city_start[city + 1] - world.city_start[city]
    nearby = (customer * 7919 + (rng.random(surplus) ** 2.5 * terminals).astype(int)) % terminals
    terminal = world.city_start[city] + nearby
    online = rng.random(surplus) < 0.2
    first_online = world.city_start[-1]
    terminal = np.where(online, rng.integers(first_online, len(world.terminal_city), surplus), terminal)

    level = world.terminal_level[terminal]
    euros = world.average[customer] * level * np.exp(rng.normal(-0.12, 0.5, surplus))
    none = np.full(surplus, -1)
    made = Payments(card, terminal, time, euros, none, none).take(np.flatnonzero(online | ~travelling))
    return made.take(rng.permutation(len(made.card))[:count])


def incidents(rng: np.random.Generator, world: World, daily: Payments, count: int) -> Payments:
    """Fraud of each kind, some of it evading the obvious rule, and legitimate look-alikes of each."""
    found = Incidents()
    online = np.arange(
        world.city_start[-1], len(world.terminal_city), 2
    )  # one terminal of each online merchant
    shops = np.flatnonzero((world.terminal_city >= 0) & (world.terminal_level < 2))
    customer_of = world.card_customer

    def one_of(values):
        return values[rng.integers(len(values))]

    def start() -> float:
        return rng.uniform(0.5, DAYS - 0.5) * DAY

    def any_card() -> int:
        return rng.integers(len(customer_of))

    def home_shops(card: int, number: int) -> np.ndarray:
        city = world.city[customer_of[card]]
        return rng.integers(world.city_start[city], world.city_start[city + 1], number)

    def probes_then_spend(kind, probes, minutes, spend) -> None:
        """Payments under one euro at one online merchant, then `spend` at another, all within `minutes`."""
        small, large = rng.choice(online, 2, replace=False)
        times = start() + np.sort(rng.uniform(0, 1, probes + 1)) * minutes * MINUTE
        euros = np.append(rng.uniform(0.05, 0.97, probes), spend)
        found.add(kind, any_card(), np.append(np.full(probes, small), large), times, euros)

    def far_away(kind, minutes, payments, times_average, at_least_km) -> None:
        """Payments in another city, `minutes` after a payment at home."""
        at_terminal = np.flatnonzero(world.terminal_city[daily.terminal] >= 0)
        while True:
            row = one_of(at_terminal)
            other = one_of(shops)
            if (
                kilometres(world.terminal_place[daily.terminal[row]], world.terminal_place[other])
                > at_least_km
            ):
                break
        times = daily.time[row] + minutes * MINUTE + np.arange(payments) * rng.uniform(3, 15) * MINUTE
        average = world.average[customer_of[daily.card[row]]]
        found.add(
            kind, daily.card[row], other, times, average * times_average * rng.uniform(0.6, 1.6, payments)
        )

    def spree(kind, payments, minutes, times_average) -> None:
        """Payments of a card in shops of its city, each about `times_average` of the customer's average."""
        card = any_card()
        times = start() + np.sort(rng.uniform(0, minutes * MINUTE, payments))
        euros = world.average[customer_of[card]] * times_average * np.exp(rng.normal(0, 0.2, payments))
        found.add(kind, card, home_shops(card, payments), times, euros)

    def crowd(kind, cards, minutes, times_average) -> None:
        """Many cards at one terminal, each charged about `times_average` of its customer's average."""
        terminal = one_of(shops)
        residents = np.flatnonzero(world.city[customer_of] == world.terminal_city[terminal])
        chosen = rng.choice(residents, min(cards, len(residents)), replace=False)
        times = start() + np.sort(rng.uniform(0, minutes * MINUTE, len(chosen)))
        euros = world.average[customer_of[chosen]] * times_average * np.exp(rng.normal(0, 0.2, len(chosen)))
        found.add(kind, chosen, terminal, times, euros)

    legitimate = -1
    testing, travel, burst, misuse = range(len(KINDS))
    for n in range(count):
        evades = n % 8 == 0
        if evades:
            probes_then_spend(testing, rng.integers(3, 6), 40, rng.uniform(520, 1200))  # slowly
            far_away(travel, rng.uniform(300, 420), 2, 2.0, 1000)  # waits for as long as a flight takes
            spree(burst, 2, 40, 6)  # stops in time
            crowd(misuse, 8, 900, 5)  # over a day
        else:
            probes_then_spend(testing, rng.integers(3, 8), 8, rng.uniform(510, 1500))
            far_away(travel, rng.uniform(15, 90), rng.integers(1, 4), 2.0, 1500)
            spree(burst, rng.integers(4, 8), 40, rng.uniform(5.5, 10))
            crowd(misuse, rng.integers(7, 15), 75, rng.uniform(4.5, 8))
        look_alike = n % 4
        if look_alike == 0:
            probes_then_spend(legitimate, 3, 9, rng.uniform(505, 700))  # parked, then bought a sofa
            # A relative holds a second card of the account.
            far_away(legitimate, rng.uniform(20, 80), 1, 0.8, 600)
            spree(legitimate, 3, 50, 5)  # moved house
            crowd(legitimate, 9, 60, 4.5)  # a sale
        elif look_alike == 1:
            probes_then_spend(legitimate, 2, 8, rng.uniform(510, 900))
            far_away(legitimate, rng.uniform(200, 300), 1, 0.8, 400)
            spree(legitimate, 2, 60, 4.5)
            crowd(legitimate, 8, 120, 2)
        else:
            probes_then_spend(legitimate, rng.integers(3, 7), 9, rng.uniform(20, 450))
            spree(legitimate, 4, 60, 2.2)
            crowd(legitimate, 9, 60, 1.1)
    return found.payments()


def payment_lines(world: World, payments: Payments, customer_names, card_names) -> list[str]:
    """The JSON of each payment; payment_id numbers them in the given order."""
    at = START + (payments.time * 1000).astype("timedelta64[ms]")
    currency = world.terminal_currency[payments.terminal]
    day = (payments.time // DAY).astype(int)
    names = np.array(list(RATES))
    amount = payments.euros * world.per_eur[currency, day]
    whole = np.isin(names, WITHOUT_CENTS)[currency]
    amount = np.where(whole, np.maximum(np.round(amount), 1), np.maximum(np.round(amount, 2), 0.01))
    place = np.round(world.terminal_place[payments.terminal], 4)
    online = world.terminal_city[payments.terminal] < 0
    return [
        f'{{"payment_id": "p{number:07d}", "paid_at": "{paid_at}Z", "card_id": "{card_names[card]}", '
        f'"customer_id": "{customer_names[customer]}", "terminal_id": "t{terminal:05d}", '
        f'"merchant_id": "m{terminal // 2:05d}", "amount": {int(value) if no_cents else value}, "currency": "{code}", '
        + (
            '"latitude": null, "longitude": null}'
            if is_online
            else f'"latitude": {latitude}, "longitude": {longitude}}}'
        )
        for number, paid_at, card, customer, terminal, value, no_cents, code, is_online, latitude, longitude in zip(
            range(len(at)),
            np.datetime_as_string(at),
            payments.card.tolist(),
            world.card_customer[payments.card].tolist(),
            payments.terminal.tolist(),
            amount.tolist(),
            whole.tolist(),
            names[currency].tolist(),
            online.tolist(),
            place[:, 0].tolist(),
            place[:, 1].tolist(),
            strict=True,
        )
    ]


def malformed_record(line: str, kind: int) -> tuple[str, str]:
    """A damaged copy of a payment, and the field at fault; `payload` where it is the record as a whole."""
    payment = json.loads(line)
    if kind == 0:
        return "payload", line[: len(line) // 2]
    if kind == 1:
        return "payload", "502 Bad Gateway"
    if kind < 2 + len(REQUIRED):
        missing = REQUIRED[kind - 2]
        return missing, json.dumps({name: value for name, value in payment.items() if name != missing})
    name, value = (
        ("amount", "twelve"),
        ("amount", -payment["amount"]),
        ("amount", [payment["amount"]]),
        ("paid_at", "yesterday"),
        ("paid_at", payment["paid_at"].replace("2025-03", "2025-23")),
        ("paid_at", payment["paid_at"].replace("2025-03", "2125-03")),
        ("currency", "euro"),
        ("latitude", "north"),
        ("longitude", 181),
    )[kind - 2 - len(REQUIRED)]
    return name, json.dumps(payment | {name: value})


def write_payments(path: Path, lines: list[str]) -> None:
    """Writes a file of payments, the same bytes for the same lines."""
    text = "".join(f"{line}\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=1, mtime=0))


@dataclass(frozen=True)
class Dataset:
    """What `generate` made: lines of JSON, and rows of the labels."""

    payments: list[str]
    customers: list[str]
    rates: list[str]
    labels: list[tuple[str, str, int]]
    malformed: list[tuple[str, str]]

    def write(self, directory: Path) -> None:
        """Writes the files that the module's docstring lists, over any of an earlier run."""
        (directory / "payments").mkdir(parents=True, exist_ok=True)
        write_payments(directory / "payments" / "1.jsonl.gz", self.payments)
        for name in ("customers", "rates"):
            (directory / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in getattr(self, name)))
        for name, header in (
            ("labels", ("payment_id", "kind", "incident")),
            ("malformed", ("field", "payload")),
        ):
            with (directory / f"{name}.csv").open("w", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([header, *getattr(self, name)])


def generate(payments: int = 200_000, seed: int = 7) -> Dataset:
    """Makes `payments` payments, and one malformed record for every thousand of them.

    Args:
        payments: how many, at least 2,000; fraud is about one in a hundred of them.
        seed: of everything that is drawn.
    """
    rng = np.random.default_rng(seed)
    world = make_world(rng, payments)
    daily = daily_payments(rng, world, payments)
    special = incidents(rng, world, daily, count=max(payments // 4000, 4))
    everything = Payments.concatenate([special, daily]).take(np.arange(payments))
    everything = everything.take(np.argsort(everything.time, kind="stable"))

    card_names = [f"card-{number:05d}" for number in range(len(world.card_customer))]
    customer_names = [f"customer-{number:05d}" for number in range(len(world.city))]
    lines = payment_lines(world, everything, customer_names, card_names)
    labels = [
        (f"p{number:07d}", KINDS[everything.kind[number]], int(everything.incident[number]))
        for number in np.flatnonzero(everything.kind >= 0)
    ]
    for payment_id, kind, _ in labels:
        number = int(payment_id[1:])
        lines[number] = f'{lines[number][:-1]}, "fraud": "{kind}"}}'

    # Most payments take seconds to arrive, and one in a thousand takes minutes.
    delay = np.minimum(rng.exponential(3.0, payments), 25.0)
    delay += (rng.random(payments) < 0.001) * rng.uniform(2 * MINUTE, 20 * MINUTE, payments)
    arrival = everything.time + delay
    damaged = rng.integers(0, payments, max(payments // 1000, MALFORMED))
    malformed = [malformed_record(lines[row], number % MALFORMED) for number, row in enumerate(damaged)]
    arrival = np.concatenate([arrival, arrival[damaged] + 0.001])
    records = lines + [payload for _, payload in malformed]

    changes = rng.random(len(world.city)) < 0.05  # of address and habits, half way
    moved = world.average * rng.uniform(0.9, 1.1, len(world.average))
    customers = [
        json.dumps(
            {
                "customer_id": customer_names[number],
                "valid_from": f"{START + np.timedelta64(7 * version, 'D') - np.timedelta64(2, 'D')}Z",
                "home_latitude": round(float(world.home[number, 0]), 4),
                "home_longitude": round(float(world.home[number, 1]), 4),
                "currency": CITIES[world.city[number]][1],
                "average_eur": round(float((world.average, moved)[version][number]), 2),
            }
        )
        for version in (0, 1)
        for number in range(len(world.city))
        if version == 0 or changes[number]
    ]
    rates = [
        json.dumps(
            {
                "currency": name,
                "valid_from": f"{START + np.timedelta64(day, 'D')}Z",
                "per_eur": round(rate, 5),
            }
        )
        for day, per_eur in enumerate(world.per_eur.T.tolist())
        for name, rate in zip(RATES, per_eur, strict=True)
    ]
    return Dataset(
        [records[n] for n in np.argsort(arrival, kind="stable")], customers, rates, labels, malformed
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Generate card payments with labelled fraud.")
    parser.add_argument("--payments", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--directory", type=Path, default=Path("out/card_fraud"))
    parser.add_argument(
        "--to", metavar="kafka://HOST:PORT", help="send to the job's topics there, and write no files"
    )
    parser.add_argument(
        "--file",
        type=argparse.FileType(),
        help="send its payments, a line of JSON each, and generate none; - for stdin",
    )
    parser.add_argument("--registry", metavar="URL", help="of schemas: send in Avro, not in JSON")
    parser.add_argument("--rate", type=float, help="payments a second; without it as many as can be sent")
    arguments = parser.parse_args()
    if arguments.file and arguments.to is None:
        parser.error("--file needs --to")
    if arguments.file:
        from generators.card_fraud_topics import misfits, send_lines

        lines = arguments.file.read().splitlines()
        if arguments.registry:
            for number, reason in misfits("payments", lines):
                place = f"{arguments.file.name}:{number}"
                print(f"{place}: does not fit the schema, and is sent as it is: {reason}", file=sys.stderr)
        lines = list(filter(str.strip, lines))
        broker = arguments.to.removeprefix("kafka://")
        sent = send_lines("payments", lines, broker, arguments.registry, arguments.rate)
        print(f"{sent.payments} payments sent", file=sys.stderr)
        return
    dataset = generate(arguments.payments, arguments.seed)
    made = f"{arguments.payments} payments, {len(dataset.labels)} of them fraudulent, and {len(dataset.malformed)}"
    if arguments.to is None:
        dataset.write(arguments.directory)
        print(f"{made} malformed records in {arguments.directory}", file=sys.stderr)
        return
    from generators.card_fraud_topics import send

    sent = send(dataset, arguments.to.removeprefix("kafka://"), arguments.registry, arguments.rate)
    print(f"{made} malformed records sent in {sent.seconds:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
