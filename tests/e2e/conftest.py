"""A standalone cluster of the installed apache-flink, on loopback and free ports, in a directory of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pyflink
import pytest

from tests.waiting import SECONDS, awaited

FLINK_HOME = Path(pyflink.__path__[0])
ROOT = Path(__file__).resolve().parents[2]
# The wheel of apache-flink lacks it, and sql-client.sh starts one.
SQL_GATEWAY = f"org.apache.flink:flink-sql-gateway:{pyflink.version.__version__}"


@dataclass(frozen=True)
class Cluster:
    directory: Path
    environment: dict[str, str]
    rest: str

    def command(self, name: str) -> str:
        """A script of Flink's bin folder."""
        return str(FLINK_HOME / "bin" / name)

    def cancel_jobs(self) -> None:
        """Cancels what has not ended."""
        with urlopen(f"{self.rest}/jobs", timeout=SECONDS) as answer:
            jobs = json.load(answer)["jobs"]
        for job in jobs:
            if job["status"] not in {"FINISHED", "CANCELED", "FAILED"}:
                urlopen(
                    Request(f"{self.rest}/jobs/{job['id']}?mode=cancel", method="PATCH"), timeout=SECONDS
                ).close()

    def run(self, command: str, *arguments: object) -> str:
        """Runs a script of Flink's bin folder in the repository's root, and gives what it printed."""
        ran = subprocess.run(
            [self.command(command), *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    directory = tmp_path_factory.mktemp("cluster")
    rpc_port, rest_port = free_ports(2)
    configuration = directory / "conf"
    configuration.mkdir()
    (directory / "log").mkdir()
    for logging in (FLINK_HOME / "conf").glob("log4j*"):
        shutil.copy(logging, configuration)
    shipped = (FLINK_HOME / "conf" / "config.yaml").read_text()
    java_options = next(
        line.partition(":")[2] for line in shipped.splitlines() if line.startswith("      all:")
    )
    (configuration / "config.yaml").write_text(
        f"""
        env.java.opts.all: {java_options}
        jobmanager: {{bind-host: 127.0.0.1, rpc: {{address: 127.0.0.1, port: {rpc_port}}}}}
        jobmanager.memory.process.size: 1456m
        jobmanager.memory.jvm-metaspace.size: 512m
        taskmanager: {{bind-host: 127.0.0.1, host: 127.0.0.1, numberOfTaskSlots: 2}}
        taskmanager.memory.process.size: 2312m
        # Each job brings its classes: deploy/flink-conf says more.
        taskmanager.memory.jvm-metaspace.size: 768m
        rest: {{address: 127.0.0.1, bind-address: 127.0.0.1, port: {rest_port}}}
        parallelism.default: 2
        execution.checkpointing.interval: 1 s
        # Without a folder it keeps state in memory, and no more than 5 MB of a task's.
        execution.checkpointing.storage: filesystem
        execution.checkpointing.dir: {(directory / "checkpoints").as_uri()}
        """
    )
    (configuration / "masters").write_text(f"127.0.0.1:{rest_port}\n")
    (configuration / "workers").write_text("localhost\n")
    cluster = Cluster(
        directory,
        os.environ
        | {
            "FLINK_HOME": str(FLINK_HOME),
            "FLINK_CONF_DIR": str(configuration),
            "FLINK_LOG_DIR": str(directory / "log"),
            "FLINK_PID_DIR": str(directory / "pid"),
            "FLINK_OPT_DIR": str(opt(directory / "opt")),
            # A test whose job writes to PostgreSQL puts the password there.
            "PGPASSFILE": str(directory / "pgpass"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        f"http://127.0.0.1:{rest_port}",
    )
    with ExitStack() as stack:
        stack.callback(cluster.run, "stop-cluster.sh")
        cluster.run("start-cluster.sh")
        await_slots(f"{cluster.rest}/overview", 2)
        yield cluster


def free_ports(count):
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listening.getsockname()[1] for listening in sockets]


def opt(directory):
    """Flink's opt folder, with the SQL gateway."""
    directory.mkdir()
    for jar in (FLINK_HOME / "opt").glob("*.jar"):
        (directory / jar.name).symlink_to(jar)
    fetch = [
        "mvn",
        "-B",
        "-q",
        "dependency:copy",
        f"-Dartifact={SQL_GATEWAY}",
        f"-DoutputDirectory={directory}",
    ]
    subprocess.run(fetch, cwd=directory, check=True, capture_output=True)
    return directory


def await_slots(url, slots):
    def overview():
        try:
            with urlopen(url) as response:
                return response.read().decode()
        except URLError as error:
            return str(error)

    awaited(overview, lambda page: f'"slots-available":{slots}' in page)
