"""`make up` and `make down` as processes: the job with a broker and a cluster, on free ports."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from deploy.local.processes import start_time
from tests.conftest import skipping
from tests.services.server import NotInstallableError, free_ports

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["kafka", "jobmanager", "taskmanager", "job"]
SECONDS_TO_WAIT = 90


class Local:
    """Runs the command on a directory of its own."""

    def __init__(self, directory):
        self.directory = directory
        names = ("KAFKA_PORT", "REGISTRY_PORT", "POSTGRES_PORT", "FLINK_PORT", "PROMETHEUS_PORT")
        self.ports = {name: str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}

    def run(self, *arguments):
        command = [sys.executable, "-m", "deploy.local", *arguments, "--directory", str(self.directory)]
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | self.ports, capture_output=True, text=True, check=False
        )

    def up(self):
        ran = self.run("up", "--parts", *PARTS)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def pid(self, part):
        return json.loads((self.directory / "pid" / f"{part}.json").read_text())["pid"]

    def flink(self, page):
        with urlopen(f"http://127.0.0.1:{self.ports['FLINK_PORT']}/{page}") as answer:
            return json.load(answer)

    def running_job(self, kind="completed"):
        """The id of the job, once it runs and has a checkpoint: one that it wrote, or that it started from."""
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while time.monotonic() < deadline:
            jobs = [job["jid"] for job in self.flink("jobs/overview")["jobs"] if job["state"] == "RUNNING"]
            if jobs and self.flink(f"jobs/{jobs[0]}/checkpoints")["latest"][kind]:
                return jobs[0]
            time.sleep(0.2)
        pytest.fail(f"no job runs:\n{(self.directory / 'log' / 'job.log').read_text()}")


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    local = Local(tmp_path_factory.mktemp("up"))
    with skipping("a part"):
        ran = local.run("up", "--parts", *PARTS)
        try:
            if ran.returncode != 0:
                raise NotInstallableError(ran.stderr)
            yield local
        finally:
            local.run("down", "--fresh")


def test_all_that_was_started_runs(local):
    status = local.run("status")
    assert status.returncode == 0
    assert status.stdout.splitlines() == [
        *(f"{part:12} runs" for part in PARTS),
        *(f"{name}={port}" for name, port in local.ports.items()),
    ]


def test_the_topics_are_as_their_file_has_them(local):
    client = AdminClient({"bootstrap.servers": f"127.0.0.1:{local.ports['KAFKA_PORT']}"})
    topics = client.list_topics(timeout=10).topics
    assert len(topics["card_fraud.payments"].partitions) == 2
    resource = ConfigResource(ResourceType.TOPIC, "card_fraud.customers")
    settings = client.describe_configs([resource])[resource].result()
    assert settings["cleanup.policy"].value == "compact"
    assert "typo" not in topics


def test_the_job_runs_with_the_settings_of_the_cluster(local):
    settings = local.flink(f"jobs/{local.running_job()}/checkpoints/config")
    told = {
        name: settings[name] for name in ("mode", "interval", "timeout", "min_pause", "unaligned_checkpoints")
    }
    assert told == {
        "mode": "exactly_once",
        "interval": 10_000,
        "timeout": 120_000,
        "min_pause": 5_000,
        "unaligned_checkpoints": True,
    }
    assert settings["aligned_checkpoint_timeout"] == 10_000


def test_a_second_up_mends_what_has_died_and_the_job_goes_on_from_its_checkpoint(local):
    before = local.running_job()
    for part in ("jobmanager", "job"):
        os.kill(local.pid(part), signal.SIGKILL)
    assert [line for line in local.run("status").stdout.splitlines() if "died" in line] == [
        f"{part:12} died: {local.directory / 'log' / f'{part}.log'}" for part in ("jobmanager", "job")
    ]
    assert local.run("status").returncode == 1

    assert local.up().splitlines() == [
        "kafka        runs already",
        f"jobmanager   runs on port {local.ports['FLINK_PORT']}",
        "taskmanager  runs already",
        "job          runs",
    ]
    after = local.running_job("restored")
    restored = local.flink(f"jobs/{after}/checkpoints")["latest"]["restored"]
    assert f"/{before}/chk-" in restored["external_path"]


def test_down_ends_all_of_them_and_nothing_else(tmp_path):
    local = Local(tmp_path / "up")
    other = subprocess.Popen(["sleep", "600"])
    try:
        assert local.run("up", "--parts", "kafka").returncode == 0
        broker = local.pid("kafka")
        assert local.run("down").stdout == "kafka        ended\n"
        assert start_time(broker) is None
        assert other.poll() is None
        assert (tmp_path / "up" / "kafka" / "data").exists()
        assert local.run("down", "--fresh").stdout == ""
        assert not (tmp_path / "up").exists()
    finally:
        other.kill()
        other.wait()
