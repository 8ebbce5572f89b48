"""Keeps a job on a cluster: submits it, from its newest checkpoint if there is one, and ends when the job does.

Run:  python -m deploy.local.submit --rest http://localhost:8081 --checkpoints out/up/state/checkpoints -- \
          flink run -py jobs/card_fraud.py --source kafka_avro

A JobManager that restarts has forgotten its jobs; whoever restarts this command then has the job go on where it was.
A job of the name that runs already is watched, not submitted again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ACTIVE = {"INITIALIZING", "CREATED", "RUNNING", "FAILING", "RESTARTING", "CANCELLING", "RECONCILING"}
SECONDS_TO_START = 120
SECONDS_BETWEEN_LOOKS = 2.0


class Cluster:
    """What the REST interface says of a cluster's jobs.

    Args:
        rest: its address.
    """

    def __init__(self, rest: str) -> None:
        self.rest = rest

    def active_jobs(self) -> list[str]:
        """The ids of the jobs that haven't ended."""
        with urlopen(f"{self.rest}/jobs/overview", timeout=10) as answer:
            return [job["jid"] for job in json.load(answer)["jobs"] if job["state"] in ACTIVE]

    def await_slots(self) -> None:
        """Waits for the cluster, and for a TaskManager."""
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            try:
                with urlopen(f"{self.rest}/overview", timeout=10) as answer:
                    if json.load(answer)["slots-available"] > 0:
                        return
            except (URLError, OSError):
                pass
            time.sleep(0.5)
        sys.exit(f"error: the cluster at {self.rest} has no free slot after {SECONDS_TO_START} s")


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint of any job of the folder; an incomplete one has no metadata."""
    complete = sorted(folder.glob("*/chk-*/_metadata"), key=lambda metadata: metadata.stat().st_mtime)
    return complete[-1].parent if complete else None


def with_checkpoint(command: list[str], checkpoint: Path | None) -> list[str]:
    """`flink run …` that starts from a checkpoint.

    Example:
        >>> with_checkpoint(["flink", "run", "-py", "job.py"], Path("/state/1/chk-7"))
        ['flink', 'run', '-s', 'file:///state/1/chk-7', '-py', 'job.py']
    """
    if checkpoint is None:
        return command
    run = command.index("run") + 1
    return [*command[:run], "-s", checkpoint.absolute().as_uri(), *command[run:]]


def main() -> int:
    """Parses the arguments; 0 if the job has ended by itself, 1 if it is gone."""
    parser = argparse.ArgumentParser(description="Keep a job on a cluster.")
    parser.add_argument("--rest", default="http://localhost:8081", help="of the JobManager")
    parser.add_argument(
        "--checkpoints", type=Path, required=True, help="folder of execution.checkpointing.dir"
    )
    parser.add_argument("command", nargs="+", help="flink run …")
    arguments = parser.parse_args()

    cluster = Cluster(arguments.rest)
    cluster.await_slots()
    if not cluster.active_jobs():
        checkpoint = newest_checkpoint(arguments.checkpoints)
        print(f"submitting, from {checkpoint or 'the beginning'}", flush=True)
        submitted = subprocess.run(with_checkpoint(arguments.command, checkpoint), check=False)
        if submitted.returncode != 0:
            print(f"error: {arguments.command[0]} ended with {submitted.returncode}", file=sys.stderr)
            return 1
    try:
        while cluster.active_jobs():
            time.sleep(SECONDS_BETWEEN_LOOKS)
    except (URLError, OSError) as error:
        print(f"the JobManager is gone: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
