"""Run the card_fraud job over generated payments, change a rule meanwhile, and hold the alerts against the labels.

Run:    python -m demo.card_fraud --payments 200000

The job reads the first half of the payments. Then a new version of a rule is published, from the file
demo/card-testing.v2.yaml; and once the job says that it has taken it, the second half comes. So the same payments meet
the same version in each run, however fast the machine is. At the end the job is stopped with a savepoint.

Writes into out/card_fraud, beside the generated input: alerts/, rule_status/ and dead_letters/ as the job wrote them,
alerts.jsonl with a verdict on each, card_fraud.png, and the savepoint.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from demo.card_fraud_picture import draw
from demo.mini_cluster import RunningJob, prepare, say
from generators.card_fraud import Dataset, generate, write_payments
from jobs import card_fraud
from pyflink_cep import Rules
from pyflink_cep.cli import app as pyflink_cep

NEW_VERSION = Path(__file__).with_name("card-testing.v2.yaml")
# How far the watermark of the payments is behind, as their table says.
OUT_OF_ORDER = timedelta(seconds=30)


@dataclass(frozen=True)
class Change:
    """A new version of a rule, and what the job made of it.

    Attributes:
        answer: the row of rule_status.
        after: how many payments the job had read.
        seconds: from the publication to the answer.
    """

    answer: dict
    after: int
    seconds: float


def main() -> None:
    """Generates payments, runs the job, prints the scores, and draws the picture."""
    parser = argparse.ArgumentParser(description="Find fraud in generated payments.")
    parser.add_argument("--payments", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--directory", type=Path, default=Path("out/card_fraud"))
    arguments = parser.parse_args()

    say(f"Generating {arguments.payments:,} payments into {arguments.directory}")
    shutil.rmtree(arguments.directory, ignore_errors=True)
    change = run(arguments.directory, generate(arguments.payments, arguments.seed))

    labels = pd.read_csv(arguments.directory / "labels.csv")
    alerts = judge(arguments.directory, labels)
    scores = score(alerts, labels)
    print(report(scores, alerts, read_lines(arguments.directory / "dead_letters")))
    print(effect(change, alerts))
    picture = arguments.directory / "card_fraud.png"
    draw(arguments.directory, alerts, labels, scores, picture)
    say(f"Alerts: {arguments.directory}/alerts.jsonl\nPicture: {picture}")


def run(directory: Path, dataset: Dataset) -> Change:
    """Runs the job on a MiniCluster, half of the payments by each version of a rule."""
    times = [paid_at(line) for line in dataset.payments]
    half = len(times) // 2
    latest = max(times[:half])
    half = times.index(latest) + 1  # once the watermark has come to its last payment, all of it has been read
    replace(dataset, payments=dataset.payments[:half]).write(directory)
    updates = directory / "rule_updates"
    updates.mkdir()

    started = datetime.now()
    # One task reads the files, one after the other: several would wait for each other's watermarks.
    tables = prepare(parallelism=1, checkpoints=directory / "checkpoints")
    card_fraud.create_tables(tables, "files", data=str(directory.absolute()))
    tables.execute_sql("ALTER TABLE payments SET ('source.monitor-interval' = '200 ms')")
    result = card_fraud.submit(tables, Rules.load(card_fraud.RULES), updates=True)
    job = RunningJob.of(result, total=len(dataset.payments))

    until = int((latest - OUT_OF_ORDER).timestamp() * 1000)
    job.follow(lambda: job.watermark("card_fraud") >= until)
    say("")
    pyflink_cep(["publish", str(NEW_VERSION), "--to", str(updates)], standalone_mode=False)
    (published,) = updates.iterdir()
    job.follow(lambda: updates_answered(directory) != [])
    (answer,) = updates_answered(directory)

    rest = directory / "payments" / ".2.jsonl.gz"
    write_payments(rest, dataset.payments[half:])
    rest.rename(rest.with_name("2.jsonl.gz"))
    job.follow(lambda: job.read() == job.total)
    job.stop(directory / "savepoint")
    took = (datetime.now() - started).total_seconds()
    say(f"\nMatched in {took:.0f} s: {job.total / took:,.0f} payments a second, with starting up")
    seconds = datetime.fromisoformat(answer["at"]).timestamp() - published.stat().st_mtime
    return Change(answer, half, seconds)


def paid_at(line: str) -> datetime:
    """The time of a payment; of a malformed record one that is earlier than any."""
    try:
        at = datetime.fromisoformat(json.loads(line)["paid_at"])
    except (ValueError, KeyError):
        at = None
    is_in_time = at is not None and at < datetime.now().astimezone()
    return at if is_in_time else datetime.fromisoformat("1970-01-01T00:00:00Z")


def read_lines(directory: Path) -> list[dict]:
    """The rows that a sink wrote into a directory."""
    return [json.loads(line) for part in sorted(directory.glob("part-*")) for line in part.open()]


def updates_answered(directory: Path) -> list[dict]:
    """What the job said of updates; of the rules that it began with it says that it accepted them."""
    return [row for row in read_lines(directory / "rule_status") if row["outcome"] != "accepted"]


def judge(directory: Path, labels: pd.DataFrame) -> pd.DataFrame:
    """The alerts in order of time, with the incident that each is about, or -1 for a false alarm."""
    incidents = labels.set_index(["kind", "payment_id"])["incident"].to_dict()
    alerts = pd.DataFrame(map(flatten, read_lines(directory / "alerts"))).sort_values(["ended_at", "rule_id"])
    alerts["incident"] = [
        next((incidents[kind, payment] for payment in payments if (kind, payment) in incidents), -1)
        for kind, *payments in alerts[["rule_id", "first_payment_id", "last_payment_id"]].itertuples(
            index=False
        )
    ]
    alerts.to_json(directory / "alerts.jsonl", orient="records", lines=True)
    return alerts


def flatten(alert: dict) -> dict:
    """An alert with its measures as columns, and without its events."""
    columns = ["rule_id", "rule_version", "severity", "status", "started_at", "ended_at"]
    (subject,) = json.loads(alert["key"]).values()
    return {name: alert[name] for name in columns} | {"subject": subject} | json.loads(alert["measures"])


def score(alerts: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Precision, the share of alerts that are right; and recall, the share of incidents that raised one."""
    rows = []
    for kind in labels["kind"].drop_duplicates().sort_values():
        raised = alerts[alerts["rule_id"] == kind]["incident"]
        incidents = set(labels[labels["kind"] == kind]["incident"])
        right, found = int((raised >= 0).sum()), len(incidents.intersection(raised))
        precision, recall = right / max(len(raised), 1), found / len(incidents)
        rows.append((kind, len(raised), right, len(incidents), found, precision, recall))
    names = ["rule", "alerts", "right", "incidents", "found", "precision", "recall"]
    return pd.DataFrame(rows, columns=names).set_index("rule")


def report(scores: pd.DataFrame, alerts: pd.DataFrame, dead_letters: list[dict]) -> str:
    """What was found, as text."""
    percent = {"precision": "{:.0%}".format, "recall": "{:.0%}".format}
    reasons = Counter(letter["reason"] for letter in dead_letters)
    riskiest = alerts.loc[alerts.groupby("rule_id")["risk"].idxmax()]
    columns = ["rule_id", "subject", "ended_at", "payments", "euros", "risk", "detail"]
    return "\n".join(
        [
            "\nWhat was found, against the labels",
            scores.reset_index().to_string(index=False, formatters=percent),
            "\nThe riskiest alert of each",
            riskiest[columns].round(3).to_string(index=False),
            f"\n{len(dead_letters)} records could not be used",
            *(f"{count:6}  {reason}" for reason, count in reasons.most_common()),
        ]
    )


def effect(change: Change, alerts: pd.DataFrame) -> str:
    """What came of the change of a rule, as text."""
    rule, new = change.answer["rule_id"], change.answer["rule_version"]
    of_rule = alerts[alerts["rule_id"] == rule]
    versions = [
        (version, len(raised), int((raised["incident"] >= 0).sum()))
        for version, raised in of_rule.groupby("rule_version")
    ]
    return "\n".join(
        [
            f"\nA rule was changed while the job ran: {rule}, after {change.after:,} payments",
            f"version {new} was published, and {change.seconds:.1f} s later "
            f"{change.answer['outcome']}: {change.answer['message']}",
            *(
                f"version {version} gave {raised} alerts with a precision of {right / raised:.0%}"
                for version, raised, right in versions
            ),
            *(
                f"the first alert of version {new}: {first.subject} at {first.ended_at}, {first.detail}"
                for first in of_rule[of_rule["rule_version"] == new].head(1).itertuples()
            ),
        ]
    )


if __name__ == "__main__":
    main()
