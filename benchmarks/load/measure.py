"""Measures the main job under load."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from typing import TYPE_CHECKING

from benchmarks.load.cluster import JOB, Cluster
from benchmarks.load.rules import write_rules
from benchmarks.load.traffic import Alerts, Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

VARIANTS = ("whole", "without-python", "without-matching")
SHARES = (0.5, 0.9)
# The rate that is asked for, and the milliseconds of p99 at it.
AT_LEAST, AT_MOST = 10_000, 1_000
# Payments that are sent at once, so that the job works at its limit; the first warm it up.
WARMUP, FLOOD = 400_000, 300_000
SECONDS_AT_A_RATE = 30
# Payments come in order here, so nothing has to wait for late ones, but for those of the same few milliseconds.
OUT_OF_ORDER = "0.05"
CORES = 2
# As many slots as there are cores. The state of all payments of a run, 1 GB, is on the heap, with room around it.
CLUSTER: dict[str, object] = {"taskmanager.numberOfTaskSlots": 2, "taskmanager.memory.process.size": "8g"}


class Load:
    """A cluster that jobs are measured on, one after another.

    Args:
        directory: for all that is written.
    """

    def __init__(self, directory: Path) -> None:
        self.cluster = Cluster(directory, CLUSTER)
        self.rules = directory / "rules"

    def __enter__(self) -> Load:
        write_rules(self.rules)
        try:
            self.cluster.start()
            self.traffic = Traffic(self.cluster.place.kafka, self.cluster.place.registry)
            self.traffic.send_profiles_and_rates()
        except BaseException:
            self.cluster.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.cluster.stop()

    def start(self, variant: str, settings: Mapping[str, object]) -> None:
        """Starts a job and warms it up."""
        place = self.cluster.place
        self.traffic.skip_to_the_end()
        arguments = [
            f"--variant={variant}",
            "--source=kafka_avro",
            f"--bootstrap-servers={place.kafka}",
            f"--registry={place.registry}",
            f"--rules={self.rules}",
            f"--out-of-order={OUT_OF_ORDER}",
        ]
        self.cluster.submit(JOB, arguments, CORES, settings)
        with Alerts(place.kafka, committed=False) as alerts:
            self.traffic.send(WARMUP, rate=None)
            alerts.await_payment(self.traffic.close())
            alerts.await_silence()

    def highest_rate(self) -> dict:
        """Has the job work off what was sent at once."""
        with Alerts(self.cluster.place.kafka, committed=False) as alerts:
            before = self.cluster.cpu()
            self.traffic.send(FLOOD, rate=None)
            alerts.await_payment(self.traffic.close())
            load = os.getloadavg()[0]
            cpu = self.cluster.cpu() - before
        first, last = alerts.seen[0], alerts.seen[-1]
        micros = {part: seconds / FLOOD * 1e6 for part, seconds in vars(cpu).items()}
        return {
            "events_per_second": (last.payment - first.payment) / (last.at - first.at) * 1000,
            "cpu_us_per_event": {**micros, "total": cpu.total / FLOOD * 1e6},
            "events_per_second_of_2_cores": CORES * FLOOD / cpu.total,
            "alerts": len(alerts.seen),
            "load_average": load,
        }

    def at_rate(self, rate: float) -> dict:
        """Sends evenly for a while, and looks at how long each alert takes."""
        broker = self.cluster.place.kafka
        with Alerts(broker, committed=False) as written, Alerts(broker, committed=True) as committed:
            before = self.cluster.cpu()
            begun, first = time.time(), self.traffic.sent
            self.traffic.send(int(rate * SECONDS_AT_A_RATE), rate)
            seconds = time.time() - begun
            cpu = self.cluster.cpu() - before
            load = os.getloadavg()[0]
            written.await_payment(self.traffic.close())
            self.cluster.await_that(
                lambda: len(committed.seen) >= len(written.seen), "all alerts are committed"
            )
        return {
            "rate": rate,
            "latency_ms": latencies(written, first),
            "committed_latency_ms": latencies(committed, first),
            "alerts": len(written.seen),
            "cores": cpu.total / seconds,
            "load_average": load,
        }


def latencies(alerts: Alerts, first: int) -> dict[str, float]:
    """Percentiles, from when a payment should be sent until an alert of it is read."""
    # What was sent before at once has waited in queues.
    taken = [seen.at - seen.ended_at for seen in alerts.seen if seen.payment >= first]
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}


def measure_load(directory: Path, quick: bool, say: Callable[[str], None]) -> list[dict]:
    """Measures the job, and what it is without its parts.

    Args:
        directory: for all that is written; what was there is removed.
        quick: whether to measure the whole job alone.
        say: is told how it goes.
    """
    shutil.rmtree(directory, ignore_errors=True)
    found = []
    with Load(directory) as load:
        for variant in VARIANTS[:1] if quick else VARIANTS:
            load.start(variant, {})
            highest = load.highest_rate()
            say(f"{variant}: {highest['events_per_second']:,.0f} events/s")
            shares = {share * highest["events_per_second"]: f"{share:.0%}" for share in SHARES}
            rates = []
            for rate in sorted([AT_LEAST, *shares]):
                rates.append({"share": shares.get(rate), **load.at_rate(rate)})
                say(f"{variant}, {rate:,.0f} events/s: {rates[-1]['latency_ms']}")
            load.cluster.cancel()
            row = {"variant": variant, "highest": highest, "at_rates": rates, "at_least": None}
            if variant == "whole":
                slowest = next(rate["latency_ms"]["p99"] for rate in rates if rate["share"] is None)
                met = highest["events_per_second"] >= AT_LEAST and slowest < AT_MOST
                row |= {"at_least": AT_LEAST, "met": met}
            found.append(row)
    return found
