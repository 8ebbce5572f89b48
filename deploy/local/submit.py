"""Keeps a job on a cluster: submits it, from its newest state if there is one, and ends when the job does.

Run:  python -m deploy.local.submit --rest http://localhost:8081 --state out/up/state -- \
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
        return [job for job, state in self.states().items() if state in ACTIVE]

    def states(self) -> dict[str, str]:
        """How each job is, by its id."""
        with urlopen(f"{self.rest}/jobs/overview", timeout=10) as answer:
            return {job["jid"]: job["state"] for job in json.load(answer)["jobs"]}

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


def newest_state(folder: Path) -> Path | None:
    """The newest complete checkpoint or savepoint of any job; an incomplete one has no metadata.

    Args:
        folder: of the folders `checkpoints` and `savepoints`.
    """
    complete = [*folder.glob("checkpoints/*/chk-*/_metadata"), *folder.glob("savepoints/*/_metadata")]
    return max(complete, key=lambda metadata: metadata.stat().st_mtime).parent if complete else None


def with_state(command: list[str], state: Path | None) -> list[str]:
    """`flink run …` that starts from a checkpoint or a savepoint.

    Example:
        >>> with_state(["flink", "run", "-py", "job.py"], Path("/state/1/chk-7"))
        ['flink', 'run', '-s', 'file:///state/1/chk-7', '-py', 'job.py']
    """
    if state is None:
        return command
    run = command.index("run") + 1
    return [*command[:run], "-s", state.absolute().as_uri(), *command[run:]]


def main() -> int:
    """Parses the arguments; 0 if the job was stopped or has ended by itself, 1 if it has failed or is gone."""
    parser = argparse.ArgumentParser(description="Keep a job on a cluster.")
    parser.add_argument("--rest", default="http://localhost:8081", help="of the JobManager")
    parser.add_argument("--state", type=Path, required=True, help="folder of checkpoints and savepoints")
    parser.add_argument("command", nargs="+", help="flink run …")
    arguments = parser.parse_args()

    cluster = Cluster(arguments.rest)
    cluster.await_slots()
    if not cluster.active_jobs():
        state = newest_state(arguments.state)
        print(f"submitting, from {state or 'the beginning'}", flush=True)
        submitted = subprocess.run(with_state(arguments.command, state), check=False)
        if submitted.returncode != 0:
            print(f"error: {arguments.command[0]} ended with {submitted.returncode}", file=sys.stderr)
            return 1
    try:
        watched = cluster.active_jobs()
        while cluster.active_jobs():
            time.sleep(SECONDS_BETWEEN_LOOKS)
        failed = [job for job in watched if cluster.states().get(job) == "FAILED"]
    except (URLError, OSError) as error:
        print(f"the JobManager is gone: {error}", file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
