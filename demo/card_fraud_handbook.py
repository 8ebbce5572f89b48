"""Run the card_fraud job over payments as the Fraud Detection Handbook simulates them.

They have no place and no currency, so they take rules of their own, for the handbook's scenarios of fraud:
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

from demo.card_fraud import judge, read_lines, report, score
from demo.mini_cluster import RunningJob, prepare, say
from generators.card_fraud import Dataset
from jobs import card_fraud
from pyflink_cep import Rules

# Each scenario by the id of the rule that looks for it. The one for terminals is the job's own: it catches those where
# many cards are charged more than usual at once, and lets scenario 2 through, whose amounts are the usual ones.
SCENARIOS = {1: "large-payment", 2: "terminal-misuse", 3: "spending-streak"}
RULES = card_fraud.ROOT / "rules" / "card_fraud_handbook", card_fraud.RULES / "terminal-misuse.yaml"


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

    tables = prepare(parallelism=2)
    card_fraud.create_tables(tables, "files", data=str(arguments.directory.absolute()))
    result = card_fraud.submit(tables, Rules.load(*RULES))
    RunningJob.of(result, total=len(history)).follow()
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
