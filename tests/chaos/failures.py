"""What can fail, and how it is made to."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from tests.chaos.cluster import Cluster

# Not more than the topic of payments has partitions: a task without one holds time up until it counts as idle.
PARALLELISMS = (1, 2)


def taskmanager_killed(cluster: Cluster, random: Random) -> None:
    """A machine that works dies, and another takes its place."""
    kill_and_restart(cluster, random, "taskmanager")


def jobmanager_killed(cluster: Cluster, random: Random) -> None:
    """The machine that coordinates dies; its successor finds the job in ZooKeeper."""
    kill_and_restart(cluster, random, "jobmanager")


def broker_killed(cluster: Cluster, random: Random) -> None:
    """Kafka dies with transactions open, and starts again with its data."""
    kill_and_restart(cluster, random, "kafka")


def postgresql_restarted(cluster: Cluster, random: Random) -> None:
    """The database ends all connections."""
    cluster.processes.stop("postgres", signal.SIGINT)
    time.sleep(random.uniform(0, 2))
    cluster.start_part("postgres")


def python_worker_killed(cluster: Cluster, random: Random) -> None:
    """A process that runs Python functions dies, as one does that takes too much memory."""
    workers = cluster.await_that(cluster.python_workers, "Python workers run")
    os.kill(random.choice(workers), signal.SIGKILL)


def checkpoint_timed_out(cluster: Cluster, random: Random) -> None:
    """A machine doesn't get to anything for so long that a checkpoint runs out of time."""
    before = cluster.failed_checkpoints()
    taskmanager = cluster.processes.pid("taskmanager")
    os.kill(taskmanager, signal.SIGSTOP)
    try:
        cluster.await_that(lambda: cluster.failed_checkpoints() > before, "a checkpoint fails")
    finally:
        os.kill(taskmanager, signal.SIGCONT)


def rescaled(cluster: Cluster, random: Random) -> None:
    """The job is stopped with a savepoint, and started at another parallelism."""
    parallelism = random.choice([p for p in PARALLELISMS if p != cluster.parallelism])
    cluster.start_job(parallelism, cluster.stop_with_savepoint())


FAILURES = (
    taskmanager_killed,
    jobmanager_killed,
    broker_killed,
    postgresql_restarted,
    python_worker_killed,
    checkpoint_timed_out,
    rescaled,
)


def drawn(random: Random, count: int) -> Iterator[object]:
    """Failures in random order, each kind as often as the others, give or take one."""
    while count > 0:
        for failure in random.sample(FAILURES, min(count, len(FAILURES))):
            yield failure
            count -= 1


def kill_and_restart(cluster: Cluster, random: Random, part: str) -> None:
    cluster.processes.kill(part)
    time.sleep(random.uniform(0, 3))
    cluster.start_part(part)
