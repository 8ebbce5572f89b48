"""Run the card_fraud job over payments as the Fraud Detection Handbook simulates them.

They have no place and no currency, so they take patterns of their own, for the handbook's scenarios of fraud:
    1  an amount above 220
    2  a terminal whose payments are all fraudulent for 28 days; nothing in the payments themselves shows it
    3  a customer, a third of whose payments is multiplied by 5 for 14 days

Run:    python -m demo.card_fraud_handbook payments.parquet

Reads a Parquet or CSV file with the columns payment_id, paid_at, customer_id, terminal_id, amount and fraud_scenario
(0 for none), in order of paid_at. Writes into out/card_fraud_handbook what `demo/card_fraud.py` does, but no picture.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pandas as pd

from demo.card_fraud import judge, read_lines, report, run, say, score
from generators.card_fraud import Dataset
from jobs.card_fraud import DETECTIONS, Detection
from pyflink_cep import Pattern, Skip

SCENARIOS = {1: "large_payment", 2: "terminal_misuse", 3: "spending_streak"}
HANDBOOK_DETECTIONS = {
    # Catches: scenario 1, which is defined by the amount.
    "large_payment": Detection(
        Pattern.begin("payment").where("euros > 220"),
        key="card_id",
        steps=("payment",),
        detail="CAST(CAST(payment.euros AS INT) AS STRING) || ' EUR'",
    ),
    # Catches: a terminal where many cards are charged more than usual at once. Lets through: scenario 2, whose
    # amounts are the usual ones.
    "terminal_misuse": DETECTIONS["terminal_misuse"],
    # Catches: scenario 3, once three payments of a week are far above the average of the weeks before.
    # Lets through: customers who pay too seldom, or who multiply small payments.
    "spending_streak": Detection(
        Pattern.begin("spend", skip=Skip.past_last_event())
        .where("euros > 3 * average_eur")
        .times(3)
        .within(hours=7 * 24),
        key="card_id",
        steps=("spend",),
        detail="CAST(CAST(SUM(spend.euros) / SUM(spend.average_eur) AS INT) AS STRING) || ' times the average'",
    ),
}


def main() -> None:
    """Converts the file, runs the job, and prints the scores."""
    parser = argparse.ArgumentParser(description="Find fraud in payments of the Fraud Detection Handbook.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--directory", type=Path, default=Path("out/card_fraud_handbook"))
    arguments = parser.parse_args()

    read = pd.read_parquet if arguments.file.suffix == ".parquet" else pd.read_csv
    history = read(arguments.file)
    history["paid_at"] = pd.to_datetime(history["paid_at"])
    say(f"Converting {len(history):,} payments into {arguments.directory}")
    shutil.rmtree(arguments.directory, ignore_errors=True)
    convert(history).write(arguments.directory)

    run(arguments.directory, len(history), HANDBOOK_DETECTIONS)
    labels = pd.read_csv(arguments.directory / "labels.csv")
    alerts = judge(arguments.directory, labels)
    print(report(score(alerts, labels), alerts, read_lines(arguments.directory / "dead_letters")))


def convert(history: pd.DataFrame) -> Dataset:
    """The job's input, with each customer's average of the four weeks before as a profile, week by week."""
    columns = zip(
        history["payment_id"],
        history["paid_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        history["customer_id"],
        history["terminal_id"],
        history["amount"],
        strict=True,
    )
    payments = [
        f'{{"payment_id": "p{payment}", "paid_at": "{paid_at}", "card_id": "c{customer}", '
        f'"customer_id": "c{customer}", "terminal_id": "t{terminal}", "merchant_id": "t{terminal}", '
        f'"amount": {amount}, "currency": "EUR"}}'
        for payment, paid_at, customer, terminal, amount in columns
    ]
    weeks = history.groupby(["customer_id", pd.Grouper(key="paid_at", freq="7D", label="right")])["amount"]
    totals = weeks.agg(["sum", "count"]).groupby("customer_id").rolling(4, min_periods=2).sum().droplevel(0)
    customers = [
        f'{{"customer_id": "c{customer}", "valid_from": "{valid_from:%Y-%m-%dT00:00:00Z}", "currency": "EUR", '
        f'"average_eur": {average:.2f}}}'
        for (customer, valid_from), average in (totals["sum"] / totals["count"]).dropna().items()
    ]
    first_day = history["paid_at"].min().floor("D")
    rates = [f'{{"currency": "EUR", "valid_from": "{first_day:%Y-%m-%dT00:00:00Z}", "per_eur": 1.0}}']
    return Dataset(payments, customers, rates, incidents(history), malformed=[])


def incidents(history: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Labels: payments of one scenario, and of one customer or terminal, belong together while no month is between.

    A payment has one scenario in the data, the last that came upon it. Scenario 1 holds for any large one.
    """
    fraud = history[history["fraud_scenario"] > 0]
    large = fraud[(fraud["fraud_scenario"] > 1) & (fraud["amount"] > 220)]
    fraud = pd.concat([fraud, large.assign(fraud_scenario=1)], ignore_index=True)
    owner = fraud["customer_id"].where(fraud["fraud_scenario"] == 3, fraud["terminal_id"])
    owner = owner.where(fraud["fraud_scenario"] > 1, fraud["payment_id"])
    sequence = fraud.assign(owner=owner).sort_values(["fraud_scenario", "owner", "paid_at"])
    apart = sequence.groupby(["fraud_scenario", "owner"])["paid_at"].diff().fillna(pd.Timedelta.max)
    numbers = (apart > pd.Timedelta(days=28)).cumsum()
    kinds = sequence["fraud_scenario"].map(SCENARIOS)
    return [
        (f"p{payment}", kind, number)
        for payment, kind, number in zip(sequence["payment_id"], kinds, numbers, strict=True)
    ]


if __name__ == "__main__":
    main()
