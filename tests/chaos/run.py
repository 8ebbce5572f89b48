"""A run: payments, failures meanwhile, and what is found at the end."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from deploy.local.parts import ROOT
from tests.chaos.cluster import Cluster
from tests.chaos.failures import drawn
from tests.chaos.payments import Numbered
from tests.chaos.traffic import Traffic, alert_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from pathlib import Path

    from deploy.local.parts import Place
    from tests.chaos.payments import Alert

RULES = ROOT / "tests" / "chaos" / "rules"
SECONDS_FOR_A_FAILURE = 25
SECONDS_TO_FINISH = 300
# Checkpoints after which what was found twice would be there.
CHECKPOINTS_AFTER = 2


@dataclass(frozen=True)
class Found:
    """What came out at one place, against what should have.

    Attributes:
        where: The place.
        expected: How many there should be.
        missing: What is not there.
        repeated: What is there more than once.
        unexpected: What should not be there.
    """

    where: str
    expected: int
    missing: Sequence[Hashable]
    repeated: Sequence[Hashable]
    unexpected: Sequence[Hashable]

    @classmethod
    def of(cls, where: str, expected: Counter[Hashable], found: Counter[Hashable]) -> Found:
        """Compares."""
        return cls(
            where,
            len(expected),
            sorted(expected.keys() - found.keys(), key=str),
            sorted((one for one, times in found.items() if times > 1), key=str),
            sorted(found.keys() - expected.keys(), key=str),
        )

    @property
    def is_exact(self) -> bool:
        """Whether each is there once, and nothing else."""
        return not (self.missing or self.repeated or self.unexpected)

    def __str__(self) -> str:
        if self.is_exact:
            return f"{self.where}: each of {self.expected:,} once"
        parts = {"missing": self.missing, "repeated": self.repeated, "unexpected": self.unexpected}
        counts = ", ".join(f"{len(some)} {name}, such as {some[0]}" for name, some in parts.items() if some)
        return f"{self.where}: of {self.expected:,} {counts}"


def run(
    directory: Path, payments: int, failures: int, seed: int, say: Callable[[str], None] = print
) -> list[Found]:
    """Sends payments through the job, lets parts fail meanwhile, and compares what came out.

    Args:
        directory: For all that is written: logs, data, checkpoints.
        payments: How many.
        failures: How many.
        seed: Of all that is random.
        say: Is told how it goes.

    Raises:
        NotReachedError: The job did not recover from a failure.
    """
    numbered = Numbered(payments, seed)
    dice = random.Random(seed)
    cluster = Cluster(directory, arguments)
    is_failing = threading.Event()
    try:
        cluster.start()
        traffic = Traffic(cluster.place.kafka, cluster.place.registry)
        traffic.send_profiles_and_rates()
        cluster.start_job(parallelism=2)
        is_failing.set()
        sender = threading.Thread(
            target=traffic.send,
            args=(numbered, failures * SECONDS_FOR_A_FAILURE / payments, is_failing.is_set),
            daemon=True,
        )
        sender.start()
        for number, failure in enumerate(drawn(dice, failures), 1):
            time.sleep(dice.uniform(0, 4))
            begun = time.monotonic()
            failure(cluster, dice)
            cluster.await_checkpoint()
            took = time.monotonic() - begun
            say(f"{number:3}/{failures} {failure.__name__:22} {took:5.1f} s  {traffic.sent:,} payments sent")
        is_failing.clear()
        sender.join()
        traffic.send(numbered.afterwards())
        if traffic.problems:
            raise RuntimeError(f"not all payments were sent: {traffic.problems[:3]}")
        say(f"{traffic.sent:,} payments and {len(traffic.damaged):,} damaged records sent")
        return finished(cluster, traffic, numbered)
    finally:
        is_failing.clear()
        cluster.stop()


def arguments(place: Place) -> list[str]:
    """Of the job: as it is deployed, but for its rules."""
    return [
        "--source=kafka_avro",
        f"--bootstrap-servers={place.kafka}",
        f"--registry={place.registry}",
        f"--postgresql={place.postgres}?user=cep",
        f"--rules={RULES}",
        "--updates",
    ]


def finished(cluster: Cluster, traffic: Traffic, payments: Numbered) -> list[Found]:
    """Waits until all has come out, and what would come twice, too."""
    deadline = time.monotonic() + SECONDS_TO_FINISH
    while any(found.missing for found in compared(cluster, traffic, payments)):
        if time.monotonic() > deadline:
            break
        cluster.await_checkpoint()
    for _ in range(CHECKPOINTS_AFTER):
        cluster.await_checkpoint()
    return compared(cluster, traffic, payments)


def compared(cluster: Cluster, traffic: Traffic, payments: Numbered) -> list[Found]:
    """What is at each place now."""
    return [
        Found.of("alerts in Kafka", payments.alerts, traffic.alerts()),
        Found.of("alerts in PostgreSQL", payments.alerts, stored_alerts(cluster.place)),
        Found.of("dead letters", traffic.damaged, traffic.dead_letters()),
    ]


def stored_alerts(place: Place) -> Counter[Alert]:
    """The alerts in PostgreSQL."""
    password = (place.directory / "secrets" / "postgres-password").read_text()
    address = f"host=127.0.0.1 port={place.ports['POSTGRES_PORT']} user=cep dbname=cep password={password}"
    with psycopg.connect(address, connect_timeout=10) as connection:
        return Counter(alert_of(*row) for row in connection.execute("SELECT rule_id, measures FROM alerts"))
