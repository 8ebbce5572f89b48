"""A job on a Flink cluster in this process, which is shown how far it is."""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from pyflink_cep._local_cluster import ANY_PORT, rest_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyflink.table import TableResult


def say(text: str) -> None:
    """Tells how it goes, where it isn't in the way of the result."""
    print(text, file=sys.stderr, flush=True)


def prepare(parallelism: int, checkpoints: Path | None = None) -> StreamTableEnvironment:
    """Prepares a cluster that the next job starts.

    Args:
        parallelism: of the job.
        checkpoints: directory of its checkpoints, one each second: files are complete from one to the next.
    """
    # The Python workers run in threads of this process, which complain when the job ends and hangs up on them.
    threading.excepthook = lambda _: None
    configuration = Configuration()
    configuration.set_string("rest.bind-address", "127.0.0.1")
    configuration.set_string(*ANY_PORT)
    configuration.set_string("metrics.fetcher.update-interval", "500 ms")
    if checkpoints is not None:
        configuration.set_string("execution.checkpointing.interval", "1 s")
        configuration.set_string("execution.checkpointing.dir", checkpoints.absolute().as_uri())
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(parallelism)
    return StreamTableEnvironment.create(environment)


@dataclass
class RunningJob:
    """A job that reads payments.

    Attributes:
        started: of the TableResult.
        url: of the job.
        total: how many payments there are.
        is_told: whether the end of its progress is in the log.
    """

    started: TableResult
    url: str
    total: int
    is_told: bool = False

    @classmethod
    def of(cls, started: TableResult, total: int) -> RunningJob:
        client = started.get_job_client()
        return cls(started, f"{rest_url(client)}/jobs/{client.get_job_id()}", total)

    def follow(self, is_done: Callable[[], bool] = lambda: False) -> None:
        """Shows how many of the payments were read, until something is done, or the job has ended.

        Raises:
            Py4JJavaError: The job has failed.
        """
        result = self.started.get_job_client().get_job_execution_result()
        while not result.done():
            # What doesn't answer in time, on a busy machine, is asked again.
            with suppress(URLError, ConnectionError, TimeoutError):
                if is_done():
                    return
                self._show(self.read())
            time.sleep(0.2)
        self.started.wait()
        self._show(self.total)

    def read(self) -> int:
        """How many payments were read."""
        return self._vertex("Source: payments")["metrics"]["write-records"]

    def watermark(self, operator: str) -> int:
        """How far time has come after the first task of an operator, in milliseconds."""
        name = f"0.{operator}.currentOutputWatermark"
        metrics = self._get(f"/vertices/{self._vertex(operator)['id']}/metrics?get={name}")
        return int(metrics[0]["value"]) if metrics else -1

    def stop(self, savepoint: Path) -> None:
        """Stops the job once all that it has read is written, as if its input had ended."""
        # PyFlink's own way passes fewer arguments than Flink takes.
        stop = {"targetDirectory": savepoint.absolute().as_uri(), "drain": True}
        trigger = self._get("/stop", json.dumps(stop).encode())["request-id"]
        self.follow(lambda: self._is_stopped(trigger))
        self.started.wait()

    def _is_stopped(self, trigger: str) -> bool:
        savepoint = self._get(f"/savepoints/{trigger}")
        failure = (savepoint["operation"] or {}).get("failure-cause")
        if failure:
            raise RuntimeError(f"the job couldn't be stopped: {failure['stack-trace']}")
        return savepoint["status"]["id"] == "COMPLETED"

    def _vertex(self, name: str) -> dict:
        return next(vertex for vertex in self._get("")["vertices"] if vertex["name"].startswith(name))

    def _get(self, path: str, body: bytes | None = None):
        with urlopen(f"{self.url}{path}", body, timeout=60) as response:
            return json.load(response)

    def _show(self, read: int) -> None:
        share = min(read / self.total, 1)
        bar = f"  [{'#' * round(share * 40):40}] {share:4.0%}"
        if sys.stderr.isatty():
            print(f"\r{bar}", end="", file=sys.stderr, flush=True)
        elif share == 1 and not self.is_told:
            # A log has no line to write anew: it is told once, at the end.
            self.is_told = True
            print(bar, file=sys.stderr, flush=True)
