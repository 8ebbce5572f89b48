"""The card_fraud job on a few payments whose alerts are known: one run, a card for each behaviour."""

import gzip
import json
import re
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs import card_fraud
from pyflink_cep import Rules, collect

PARIS, LYON, NEW_YORK = (48.86, 2.35), (45.76, 4.84), (40.71, -74.01)


class Payments:
    """Collects payments, one card after the other, and writes them in order of time with the job's other tables."""

    def __init__(self):
        self.records = []

    def add(
        self,
        card,
        minute,
        amount,
        *,
        terminal=None,
        merchant=None,
        place=PARIS,
        currency="EUR",
        customer=None,
    ):
        self.records.append(
            {
                "payment_id": f"{card}-{minute}",
                "paid_at": instant(minute),
                "card_id": card,
                "customer_id": customer or "average",
                "terminal_id": terminal or f"t-{card}",
                "merchant_id": merchant or "m",
                "amount": amount,
                "currency": currency,
                "latitude": place and place[0],
                "longitude": place and place[1],
            }
        )

    def write(self, directory, *unreadable):
        in_order = sorted(self.records, key=lambda record: record["paid_at"])
        (directory / "payments").mkdir()
        write_lines(directory / "payments" / "1.jsonl.gz", [*in_order, *unreadable])
        home = {"home_latitude": PARIS[0], "home_longitude": PARIS[1], "currency": "EUR"}
        write_lines(
            directory / "customers.jsonl",
            [
                {"customer_id": "average", "valid_from": instant(-60), "average_eur": 40.0, **home},
                {"customer_id": "richer", "valid_from": instant(-60), "average_eur": 40.0, **home},
                {"customer_id": "richer", "valid_from": instant(300), "average_eur": 400.0, **home},
            ],
        )
        # No amount can be divided by the last.
        rates = {"EUR": 1.0, "JPY": 160.0, "XXX": 0.0}
        write_lines(
            directory / "rates.jsonl",
            [{"currency": code, "valid_from": instant(-60), "per_eur": rate} for code, rate in rates.items()],
        )


def instant(minute):
    at = datetime(2025, 3, 3, 8) + timedelta(minutes=minute)
    return f"{at.isoformat(timespec='milliseconds')}Z"


def write_lines(path, records):

    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    text = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def read_lines(directory):
    return [json.loads(line) for part in directory.glob("part-*") for line in part.open()]


def card_testing_payments(payments):
    def probe_and_spend(card, probes, spend, spend_at=9, shop="m-shop", **more):
        for minute in range(probes):
            payments.add(card, minute, 0.5, merchant="m-songs", place=None, **more)
        payments.add(card, spend_at, spend, merchant=shop, place=None)

    probe_and_spend("tested", 3, 600)
    probe_and_spend("two-probes", 2, 600)
    probe_and_spend("same-merchant", 3, 600, shop="m-songs")
    probe_and_spend("modest", 3, 500)
    probe_and_spend("patient", 3, 600, spend_at=10)
    probe_and_spend("unknown-customer", 3, 600, customer="nobody")
    for minute in range(3):
        payments.add(
            "in-yen", minute, 150, currency="JPY", merchant="m-songs", place=None
        )  # less than a euro
    payments.add("in-yen", 9, 90_000, currency="JPY", merchant="m-shop", place=None)


def travel_payments(payments):
    payments.add("copied", 0, 20)
    payments.add("copied", 30, 20)
    payments.add("copied", 40, 20, place=None)  # online, between the two
    payments.add("copied", 60, 20, place=NEW_YORK)
    payments.add("by-train", 0, 20)
    payments.add("by-train", 120, 20, place=LYON)
    payments.add("by-plane", 0, 20)
    payments.add("by-plane", 8 * 60, 20, place=NEW_YORK)


def burst_payments(payments):
    for minute in (0, 20, 40):
        payments.add("emptied", minute, 161)
        payments.add("at-four-times", minute, 160)
        payments.add("became-richer", 400 + minute, 161, customer="richer")
        payments.add("not-yet-richer", 100 + minute, 161, customer="richer")
    for minute in (0, 31, 62):
        payments.add("unhurried", minute, 170)


def terminal_payments(payments):
    for number in range(6):
        payments.add(f"charged-{number}", 500 + number * 10, 200, terminal="misused")
        payments.add(f"charged-slowly-{number}", 500 + number * 12, 200, terminal="dear")
        payments.add(f"charged-little-{number}", 500 + number, 100, terminal="cheap")
        payments.add(f"regular-{number % 4}", 500 + number, 200, terminal="few-cards")


def new_tables():
    configuration = Configuration()
    configuration.set_string("rest.bind-address", "127.0.0.1")
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(1)
    return StreamTableEnvironment.create(environment)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """The input, and after the job's run its output."""
    return tmp_path_factory.mktemp("card_fraud")


@pytest.fixture(scope="module")
def results(directory):
    """The rows of alerts and dead letters, from one run of the job."""
    payments = Payments()
    for add_payments in (card_testing_payments, travel_payments, burst_payments, terminal_payments):
        add_payments(payments)
    payments.write(directory, *UNREADABLE, *READABLE, LATE)

    tables = new_tables()
    card_fraud.create_tables(tables, "files", data=str(directory))
    card_fraud.submit(tables, Rules.load(card_fraud.RULES)).wait()
    return {name: read_lines(directory / name) for name in ("alerts", "dead_letters")}


GOOD = {
    "payment_id": "p", "paid_at": instant(700), "card_id": "c", "customer_id": "average", "terminal_id": "t",
    "merchant_id": "m", "amount": 5, "currency": "EUR", "latitude": None, "longitude": None,
}  # fmt: skip
LATE = json.dumps(GOOD | {"paid_at": instant(0)})
# Spellings of at most two decimals, as text and as numbers.
AMOUNTS = (
    "1E0", "1.500", "1.50E1", "10E-3", "1.000000e-02", "0E-10", "12345678.9", "1.2345678901225E11", "100.0e-02",
    "5.10000000000000000000000", "0.00100e1", "1000000000000000000000000e-20",
)  # fmt: skip
READABLE = [
    json.dumps({**GOOD, "amount": "?"}).replace('"?"', written)
    for amount in AMOUNTS
    for written in (amount, f'"{amount}"')
]
# A regular expression that repeats a group runs out of stack on it, and the job would end, on each restart anew.
READABLE.append(json.dumps({**GOOD, "amount": "1." + 100_000 * "0"}))
UNREADABLE = {
    "": "payload: not a JSON object",
    "502 Bad Gateway": "payload: not a JSON object",
    json.dumps(GOOD)[:-1]: "payload: not a JSON object",
    **{
        json.dumps(GOOD) + rest: "payload: something follows the JSON object"
        for rest in (json.dumps(GOOD), f", {json.dumps(GOOD)}", ', "card_id": "d"', "]", "}", "]}", "x")
    },
    json.dumps({**GOOD, "payment_id": None}): "payment_id: missing",
    json.dumps({**GOOD, "payment_id": ""}): "payment_id: missing",
    json.dumps({**GOOD, "terminal_id": ""}): "terminal_id: missing",
    **{
        json.dumps({key: value for key, value in GOOD.items() if key != name}): f"{name}: missing"
        for name in GOOD
        if name not in ("latitude", "longitude")
    },
    json.dumps({**GOOD, "amount": "twelve"}): "amount: not a number",
    json.dumps({**GOOD, "amount": "1e100"}): "amount: not a number",
    json.dumps({**GOOD, "amount": "1e99"}): "amount: not a number",
    json.dumps({**GOOD, "amount": [5]}): "amount: not a number",
    json.dumps({**GOOD, "amount": -5}): "amount: negative",
    **{
        json.dumps({**GOOD, "amount": amount}): "amount: more than two decimals"
        for amount in (
            5.005,
            "1.0000000000000000004",
            "1.00000000000000000004e1",
            "100e-19",
            "1E-3",
            "1.005E0",
            "10E-4",
            "1000000000000000000000000001e-27",
        )
    },
    json.dumps({**GOOD, "paid_at": "yesterday"}): "paid_at: not an ISO 8601 time, or in the future",
    json.dumps(
        {**GOOD, "paid_at": "2025-23-03T08:00:00Z"}
    ): "paid_at: not an ISO 8601 time, or in the future",
    json.dumps(
        {**GOOD, "paid_at": "2125-03-03T08:00:00Z"}
    ): "paid_at: not an ISO 8601 time, or in the future",
    json.dumps({**GOOD, "currency": "euro"}): "currency: not a three-letter code",
    json.dumps({**GOOD, "currency": "CHF"}): "currency: no rate",
    json.dumps({**GOOD, "currency": "XXX"}): "currency: no rate",
    json.dumps({**GOOD, "latitude": "north", "longitude": 2}): "latitude: not from -90 to 90",
    json.dumps({**GOOD, "latitude": "NaN", "longitude": 2}): "latitude: not from -90 to 90",
    json.dumps({**GOOD, "latitude": 48, "longitude": 181}): "longitude: not from -180 to 180",
    json.dumps({**GOOD, "latitude": 48}): "latitude and longitude: one without the other",
}


def subjects(results, rule):
    return sorted(subject(alert) for alert in results["alerts"] if alert["rule_id"] == rule)


def subject(alert):
    """The value of the key's one column."""
    (value,) = json.loads(alert["key"]).values()
    return value


def test_an_alert_says_what_was_seen(results):
    (alert,) = (dict(alert) for alert in results["alerts"] if subject(alert) == "tested")
    measures, events = json.loads(alert.pop("measures")), json.loads(alert.pop("events"))
    alert_id = 'card-testing 1 {"card_id":"tested"} ["tested-0","tested-1","tested-2","tested-9"]'
    assert alert == {
        "id": sha256(alert_id.encode()).hexdigest(),
        "rule_id": "card-testing",
        "rule_version": 1,
        "severity": "high",
        "status": "live",
        "key": '{"card_id":"tested"}',
        "started_at": "2025-03-03T08:00:00Z",
        "ended_at": "2025-03-03T08:09:00Z",
    }
    assert 0.5 < measures["risk"] < 1
    assert measures == {
        "payments": 4,
        "euros": 601.5,
        "risk": measures["risk"],
        "first_payment_id": "tested-0",
        "last_payment_id": "tested-9",
        "detail": "3 probes, then 600 EUR",
    }
    assert {step: [event["payment_id"] for event in taken] for step, taken in events.items()} == {
        "probe": ["tested-0", "tested-1", "tested-2"],
        "spend": ["tested-9"],
    }
    assert events["spend"][0] == {
        "payment_id": "tested-9",
        "card_id": "tested",
        "customer_id": "average",
        "terminal_id": "t-tested",
        "merchant_id": "m-shop",
        "latitude": None,
        "rowtime": "2025-03-03T08:09:00Z",
        "euros": 600.0,
        "average_eur": 40.0,
        "last_payment_id": "tested-2",
        "km": None,
        "kmh": None,
        "risk": measures["risk"],
    }


def test_card_testing_is_three_probes_and_a_large_spend_elsewhere_within_ten_minutes(results):
    assert subjects(results, "card-testing") == ["in-yen", "tested", "unknown-customer"]


def test_travel_is_impossible_when_faster_than_an_airliner(results):
    assert subjects(results, "impossible-travel") == ["copied"]
    (alert,) = (alert for alert in results["alerts"] if subject(alert) == "copied")
    measures = json.loads(alert["measures"])
    assert (measures["first_payment_id"], measures["last_payment_id"]) == ("copied-30", "copied-60")
    assert measures["detail"] == "5837 km, 11674 km/h"


def test_a_burst_is_three_spends_in_an_hour_far_above_the_average_of_that_time(results):
    assert subjects(results, "spending-burst") == ["emptied", "not-yet-richer"]


def test_a_terminal_is_misused_when_more_than_five_charges_far_above_the_average_are_of_five_cards(results):
    assert subjects(results, "terminal-misuse") == ["misused"]


def test_a_payment_that_cannot_be_read_is_kept_with_the_reason(results):
    letters = {letter["payload"]: letter["reason"] for letter in results["dead_letters"]}
    letters.pop(LATE)
    assert letters == UNREADABLE
    assert len(results["dead_letters"]) == len(UNREADABLE) + 1


def test_a_late_payment_is_kept_with_the_reason(results):
    assert {"reason": "paid_at: late", "payload": LATE} in results["dead_letters"]


@pytest.mark.usefixtures("results")
def test_a_payment_that_the_other_tasks_of_the_source_have_overtaken_is_kept_with_the_reason(directory):
    tables = new_tables()
    card_fraud.create_tables(tables, "files", data=str(directory))
    # What the task that read it can't know: a task without payments is not waited for.
    not_late_there = tables.sql_query("""
        SELECT rowtime, payment_id, card_id, customer_id, terminal_id, merchant_id, amount, currency,
          latitude, longitude, fraud, CAST(NULL AS STRING) AS reason, origin
        FROM checked_payments WHERE COALESCE(reason, 'paid_at: late') = 'paid_at: late'
    """)
    others = map(tables.from_path, ("customers", "rates"))

    built = card_fraud.build(tables, not_late_there, *others, rules=Rules.load(card_fraud.RULES))

    assert {tuple(row.values()) for row in collect(built.dead_letters)} == {
        (LATE, "paid_at: late"),
        (json.dumps(GOOD | {"currency": "CHF"}), "currency: no rate"),
        (json.dumps(GOOD | {"currency": "XXX"}), "currency: no rate"),
    }


def test_the_sql_pipeline_finds_the_same_card_testing(directory, results, tmp_path):
    for name in ("payments", "rates.jsonl"):
        (tmp_path / name).symlink_to(directory / name)
    script = Path(card_fraud.__file__).parents[1] / "sql" / "pipelines" / "card_fraud.sql"
    tables = new_tables()
    card_fraud.create_tables(tables, "files", data=str(tmp_path))
    tables.execute_sql(script.read_text().rstrip().removesuffix(";")).wait()

    by_job = [without_rest(alert) for alert in results["alerts"] if alert["rule_id"] == "card-testing"]
    by_pipeline = [without_rest(alert) for alert in read_lines(tmp_path / "alerts")]
    assert sorted(by_pipeline, key=str) == sorted(by_job, key=str)


def without_rest(alert):
    """An alert with what the pipeline has of one: neither an id, nor a risk, nor the events."""
    measures = json.loads(alert["measures"])
    measures.pop("risk", None)
    return alert | {"id": None, "measures": measures, "events": None}


def test_amounts_of_a_topic_are_told_as_those_of_files(tmp_path):
    no_number = "amount: missing, or not a number"
    amounts = {
        **dict.fromkeys((*AMOUNTS, "1." + 100_000 * "0", "99999999999.99", "-0.00")),
        **{
            json.loads(line)["amount"]: reason.replace("amount: not a number", no_number)
            for line, reason in UNREADABLE.items()
            if reason.startswith("amount: ") and isinstance(json.loads(line).get("amount"), str)
        },
        **dict.fromkeys(
            ("1e999999999", "1e-999999999", "1E+100", "1e", "NaN", "1000000000000.00"), no_number
        ),
        "-0.01": "amount: negative",
    }
    written = [
        {**GOOD, "paid_at": 1_740_988_800_000, "payment_id": str(number), "amount": amount}
        for number, amount in enumerate(amounts)
    ]
    write_lines(tmp_path / "payments.jsonl", written)
    tables = new_tables()
    # As in Protobuf, where an amount is text; the columns of a record's place are NULL.
    columns = (card_fraud.TABLES / "payments" / "kafka_protobuf.sql").read_text().partition(") WITH (")[0]
    columns = re.sub(r" METADATA( FROM '[a-z.]+')? VIRTUAL", "", columns)
    path = (tmp_path / "payments.jsonl").as_uri()
    tables.execute_sql(f"{columns}) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{path}')")
    card_fraud.execute(tables, card_fraud.TABLES / "checked_payments" / "kafka.sql", {})

    told = {row["payment_id"]: row["reason"] for row in collect(tables.from_path("checked_payments"))}
    assert {amount: told[str(number)] for number, amount in enumerate(amounts)} == amounts
