"""Run the card_fraud job over generated payments, and hold what it finds against the labels.

Run:    python -m demo.card_fraud --payments 200000

Writes into out/card_fraud, beside the generated input: alerts/ and dead_letters/ as the job wrote them, alerts.jsonl
with a verdict on each, and card_fraud.png.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pandas as pd
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from demo.card_fraud_picture import draw
from generators.card_fraud import generate
from jobs import card_fraud

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.card_fraud import Detection


def main() -> None:
    """Generates payments, runs the job, prints the scores, and draws the picture."""
    parser = argparse.ArgumentParser(description="Find fraud in generated payments.")
    parser.add_argument("--payments", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--directory", type=Path, default=Path("out/card_fraud"))
    arguments = parser.parse_args()

    say(f"Generating {arguments.payments:,} payments into {arguments.directory}")
    shutil.rmtree(arguments.directory, ignore_errors=True)
    generate(arguments.payments, arguments.seed).write(arguments.directory)

    run(arguments.directory, arguments.payments)
    labels = pd.read_csv(arguments.directory / "labels.csv")
    alerts = judge(arguments.directory, labels)
    scores = score(alerts, labels)
    print(report(scores, alerts, read_lines(arguments.directory / "dead_letters")))
    picture = arguments.directory / "card_fraud.png"
    draw(arguments.directory, alerts, labels, scores, picture)
    say(f"Alerts: {arguments.directory}/alerts.jsonl\nPicture: {picture}")


def say(text: str) -> None:
    """Tells how it goes, where it isn't in the way of the result."""
    print(text, file=sys.stderr, flush=True)


def run(directory: Path, payments: int, detections: Mapping[str, Detection] = card_fraud.DETECTIONS) -> None:
    """Runs the job on a MiniCluster, and shows how far it is."""
    started = time.monotonic()
    # The Python workers run in threads of this process, which complain when the job ends and hangs up on them.
    threading.excepthook = lambda _: None
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    configuration = Configuration()
    configuration.set_string("rest.bind-address", "127.0.0.1")
    configuration.set_string("rest.port", str(port))
    configuration.set_string("metrics.fetcher.update-interval", "1 s")
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(2)
    tables = StreamTableEnvironment.create(environment)
    result = card_fraud.submit(tables, "files", detections, data=str(directory.absolute()))
    job = f"http://127.0.0.1:{port}/jobs/{result.get_job_client().get_job_id()}"
    threading.Thread(target=show_progress, args=(job, payments * len(detections)), daemon=True).start()
    result.wait()
    took = time.monotonic() - started
    say(
        f"\r  [{'#' * 40}] 100%\nMatched in {took:.0f} s: {payments / took:,.0f} payments a second, with starting up"
    )


def show_progress(job: str, total: int) -> None:
    """Shows how much of the payments the patterns have read, until the job's address answers no more."""
    with suppress(OSError):
        while True:
            with urlopen(job, timeout=5) as response:
                vertices = json.load(response)["vertices"]
            read = sum(v["metrics"]["read-records"] for v in vertices if v["name"].startswith("match"))
            share = min(read / total, 1)
            print(f"\r  [{'#' * round(share * 40):40}] {share:4.0%}", end="", file=sys.stderr, flush=True)
            time.sleep(0.5)


def read_lines(directory: Path) -> list[dict]:
    """The rows that a sink wrote into a directory."""
    return [json.loads(line) for part in sorted(directory.glob("part-*")) for line in part.open()]


def judge(directory: Path, labels: pd.DataFrame) -> pd.DataFrame:
    """The alerts in order of time, with the incident that each is about, or -1 for a false alarm."""
    incidents = labels.set_index(["kind", "payment_id"])["incident"].to_dict()
    alerts = pd.DataFrame(read_lines(directory / "alerts")).sort_values(["ended_at", "pattern"])
    alerts["incident"] = [
        next((incidents[kind, payment] for payment in payments if (kind, payment) in incidents), -1)
        for kind, *payments in alerts[["pattern", "first_payment_id", "last_payment_id"]].itertuples(
            index=False
        )
    ]
    alerts.to_json(directory / "alerts.jsonl", orient="records", lines=True)
    return alerts


def score(alerts: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Precision, the share of alerts that are right; and recall, the share of incidents that raised one."""
    rows = []
    for kind in labels["kind"].drop_duplicates().sort_values():
        raised = alerts[alerts["pattern"] == kind]["incident"]
        incidents = set(labels[labels["kind"] == kind]["incident"])
        right, found = int((raised >= 0).sum()), len(incidents.intersection(raised))
        precision, recall = right / max(len(raised), 1), found / len(incidents)
        rows.append((kind, len(raised), right, len(incidents), found, precision, recall))
    names = ["pattern", "alerts", "right", "incidents", "found", "precision", "recall"]
    return pd.DataFrame(rows, columns=names).set_index("pattern")


def report(scores: pd.DataFrame, alerts: pd.DataFrame, dead_letters: list[dict]) -> str:
    """What was found, as text."""
    percent = {"precision": "{:.0%}".format, "recall": "{:.0%}".format}
    reasons = Counter(letter["reason"] for letter in dead_letters)
    riskiest = alerts.loc[alerts.groupby("pattern")["risk"].idxmax()]
    columns = ["pattern", "subject", "ended_at", "payments", "euros", "risk", "detail"]
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


if __name__ == "__main__":
    main()
