"""`make up` and `make down` as processes: the job with a broker and a cluster, on free ports."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from pyarrow import parquet

from deploy.local.alerts import alerts
from deploy.local.processes import start_time
from generators.card_fraud import generate
from pyflink_cep._files.iceberg import data_files
from tests.conftest import skipping
from tests.services.server import NotInstallableError, free_ports
from tests.waiting import SECONDS, awaited

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "local.md"
PARTS = ["kafka", "registry", "postgres", "jobmanager", "taskmanager", "job"]
RULES = {"card-testing", "impossible-travel", "spending-burst", "terminal-misuse"}
PSQL = "PGPASSWORD=$(cat out/up/secrets/postgres-password) psql --host localhost --username cep --command"


def commands_of_the_guide():
    blocks = re.findall(r"^```console\n(.*?)^```", GUIDE.read_text(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


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

    @property
    def broker(self):
        return f"127.0.0.1:{self.ports['KAFKA_PORT']}"

    @property
    def registry(self):
        return f"http://127.0.0.1:{self.ports['REGISTRY_PORT']}/apis/ccompat/v7"

    def follow_guide(self, beginning):
        """What the command of the guide that begins so prints, on the ports and in the directory of this one."""
        (command,) = [line for line in commands_of_the_guide() if line.startswith(beginning)]
        places = {
            "localhost:9092": self.broker,
            "http://localhost:8080/apis/ccompat/v7": self.registry,
            "--host localhost": f"--host 127.0.0.1 --port {self.ports['POSTGRES_PORT']}",
            "out/up": str(self.directory),
        }
        for place, here in places.items():
            command = command.replace(place, here)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        ran = subprocess.run(
            ["timeout", str(SECONDS), "bash", "-c", command],
            cwd=ROOT,
            env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def alerts_of_kafka(self):
        return sorted(
            (alert["rule_id"], alert["rule_version"]) for alert in alerts(self.broker, self.registry)
        )

    def alerts_of_postgresql(self):
        rows = re.findall(
            r"^ (\S+) +\| +(\d+) \| +(\d+)$", self.follow_guide(f'{PSQL} "SELECT rule_id'), re.M
        )
        return sorted((rule, int(version)) for rule, version, count in rows for _ in range(int(count)))

    def lake(self):
        """The ids of the payments there."""
        files = data_files(self.directory / "lake" / "card_fraud" / "payments")
        return [row for file in files for row in parquet.read_table(file)["payment_id"].to_pylist()]

    def flink(self, page):
        with urlopen(f"http://127.0.0.1:{self.ports['FLINK_PORT']}/{page}") as answer:
            return json.load(answer)

    def running_job(self, kind="completed"):
        """The id of the job, once it runs and has a checkpoint: one that it wrote, or that it started from."""

        def running():
            jobs = [job["jid"] for job in self.flink("jobs/overview")["jobs"] if job["state"] == "RUNNING"]
            return jobs and self.flink(f"jobs/{jobs[0]}/checkpoints")["latest"][kind] and jobs[0]

        try:
            return awaited(running)
        except AssertionError:
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
    topics = client.list_topics(timeout=SECONDS).topics
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


def test_who_follows_the_guide_publishes_a_rule_sends_payments_and_reads_alerts(local):
    assert local.follow_guide("pyflink-cep publish").startswith("card-testing  new        v2\n")
    assert "card-testing: v2 at work" in local.follow_guide("until pyflink-cep status")
    local.follow_guide("python -m generators.card_fraud --payments")

    awaited(lambda: {rule for rule, _ in local.alerts_of_postgresql()} == RULES)
    # Those of Kafka wait for a checkpoint.
    awaited(lambda: local.alerts_of_kafka() == local.alerts_of_postgresql())
    versions = {version for rule, version in local.alerts_of_kafka() if rule == "card-testing"}
    assert versions == {2}
    lines = local.follow_guide("python -m deploy.local.alerts").splitlines()
    assert (
        sorted((a["rule_id"], a["rule_version"]) for a in map(json.loads, lines)) == local.alerts_of_kafka()
    )


def test_each_payment_that_was_sent_is_in_the_lake_or_a_dead_letter(local):
    """After those of the guide were sent."""
    sent = generate(20_000, seed=7)
    unreadable = {payload for _, payload in sent.malformed}
    ids = {json.loads(line)["payment_id"] for line in sent.payments if line not in unreadable}

    def letters():
        *_, last = local.follow_guide("pyflink-cep dead-letters list").splitlines()
        return int(last.split()[0])

    awaited(lambda: len(set(local.lake())) + letters() == len(ids) + len(unreadable))
    assert set(local.lake()) <= ids
    assert letters() >= len(unreadable)


def test_payments_of_ones_own_are_looked_at_though_none_came_for_a_minute(local):
    """After the lake's, which waits until the partitions count as idle: then these come all at once."""
    local.follow_guide("python -m generators.card_fraud --file")

    awaited(lambda: "card-of-mine" in local.follow_guide(f'{PSQL} "SELECT key'))
    # The last two wait for those to come.
    awaited(lambda: {f"mine-{n}" for n in range(1, 5)} <= set(local.lake()))
    told = local.follow_guide("pyflink-cep explain")
    assert told.startswith("1 match in 4 events of 1 key")


def test_a_second_up_mends_what_has_died_and_the_job_goes_on_from_its_checkpoint(local):
    before = local.running_job()
    for part in ("jobmanager", "job"):
        os.kill(local.pid(part), signal.SIGKILL)
    assert [line for line in local.run("status").stdout.splitlines() if "died" in line] == [
        f"{part:12} died: {local.directory / 'log' / f'{part}.log'}" for part in ("jobmanager", "job")
    ]
    assert local.run("status").returncode == 1

    *others, job = local.up().splitlines()
    assert sorted(others) == [
        f"jobmanager   runs on port {local.ports['FLINK_PORT']}",
        *(f"{part:12} runs already" for part in ("kafka", "postgres", "registry", "taskmanager")),
    ]
    assert job == "job          runs"
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
