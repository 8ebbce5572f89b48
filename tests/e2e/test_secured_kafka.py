"""The card_fraud job and its users on a broker with TLS, SASL/SCRAM and rights."""

import json
import re
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs import card_fraud
from tests.conftest import skipping
from tests.services.secured import PASSWORDS, Authority, secured_broker
from tests.waiting import SECONDS, awaited

ROOT = Path(__file__).resolve().parents[2]
CONNECTORS = ROOT / "deploy" / "connectors" / "target" / "pyflink-cep-connectors.jar"
TOPICS = ("payments", "customers", "rates", "alerts", "rule_updates", "rule_status", "dead_letters")


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with skipping("Kafka"), secured_broker(tmp_path_factory.mktemp("secured")) as broker:
        for topic in TOPICS:
            broker.broker.create_topic(f"card_fraud.{topic}")
        send(broker, "payments", {})
        yield broker


def send(broker, topic, value, key=None):
    """Writes as the administrator, who stands for all that feed the job."""
    producer = Producer(broker.client("admin"))
    producer.produce(f"card_fraud.{topic}", json.dumps(value), key)
    assert producer.flush(SECONDS) == 0


def read(settings, topic):
    """The first row of a topic, without a group."""
    consumer = Consumer(settings | {"group.id": "card_fraud", "log_level": "0"})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    try:
        (message,) = consumer.consume(1, timeout=SECONDS)
    finally:
        consumer.close()
    if message.error() is not None:
        raise KafkaException(message.error())
    return json.loads(message.value())


def written(settings, *topics):
    """What became of a record to each topic: None, or the error."""
    outcomes = {}
    producer = Producer(settings | {"log_level": "0"})
    for topic in topics:
        producer.produce(
            topic, "{}", on_delivery=lambda error, message: outcomes.update({message.topic(): error})
        )
    assert producer.flush(SECONDS) == 0
    return {topic: error and error.name() for topic, error in outcomes.items()}


def test_a_stranger_may_neither_read_nor_write(broker):
    with pytest.raises(KafkaException, match="Group authorization failed"):
        read(broker.client("stranger"), "card_fraud.payments")
    assert written(broker.client("stranger"), "card_fraud.payments") == {
        "card_fraud.payments": "TOPIC_AUTHORIZATION_FAILED"
    }


def test_an_analyst_writes_rules_and_nothing_else(broker):
    assert written(broker.client("analyst"), "card_fraud.rule_updates", "card_fraud.alerts") == {
        "card_fraud.rule_updates": None,
        "card_fraud.alerts": "TOPIC_AUTHORIZATION_FAILED",
    }


def test_a_broker_whose_certificate_is_of_another_authority_gets_no_password(broker, tmp_path):
    errors = []
    settings = broker.client("card_fraud", **{"ssl.ca.location": str(Authority(tmp_path).certificate())})
    client = AdminClient(settings | {"error_cb": errors.append, "log_level": "0"})
    with pytest.raises(KafkaException):
        client.list_topics(timeout=2)
    awaited(lambda: client.poll(0.1) or errors)
    assert "certificate verify failed" in str(errors[0])


def first_payment(broker, secrets):
    """What a job reads with what a folder of secrets has."""
    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.set_parallelism(1)
    environment.add_jars(CONNECTORS.as_uri())
    tables = StreamTableEnvironment.create(environment)
    card_fraud.create_tables(tables, "kafka_json", bootstrap_servers=broker.address, secrets=str(secrets))
    with tables.execute_sql("SELECT payload FROM payments LIMIT 1").collect() as rows:
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("user", "password", "errors"),
    [
        ("stranger", None, ["topics [card_fraud.payments]", "Topic authorization failed"]),
        ("card_fraud", "guessed", ["Authentication failed during authentication due to invalid credentials"]),
    ],
)
def test_a_job_without_rights_fails_and_says_why(broker, tmp_path, user, password, errors):
    secrets = broker.secrets(tmp_path / "secrets", user, password)
    with pytest.raises(Exception, match=re.escape(errors[-1])) as refused:
        first_payment(broker, secrets)
    assert errors[0] in str(refused.value)


def instant(minute):
    return f"2025-03-03T08:{minute:02}:00Z"


def feed(broker):
    """Three probes and a spend, and a payment of another card after which they are in the past."""
    rate = {"currency": "EUR", "valid_from": "2025-03-03T00:00:00Z", "per_eur": 1.0}
    send(broker, "rates", rate, "EUR")
    profile = {
        "customer_id": "alice",
        "valid_from": "2025-03-03T00:00:00Z",
        "currency": "EUR",
        "average_eur": 40.0,
    }
    send(broker, "customers", profile, "alice")
    for minute, card, amount in [
        (0, "c", 0.5),
        (1, "c", 0.5),
        (2, "c", 0.5),
        (5, "c", 600),
        (7, "other", 20),
    ]:
        payment = {"payment_id": f"{card}-{minute}", "paid_at": instant(minute), "card_id": card}
        payment |= {"customer_id": "alice", "terminal_id": "t1", "merchant_id": f"m{amount}"}
        send(broker, "payments", payment | {"amount": amount, "currency": "EUR"})


class Submitted(NamedTuple):
    """The job on a cluster: its first alert, and what whoever looks at the cluster sees, by where."""

    alert: dict
    seen: dict[str, str]


@pytest.fixture(scope="module")
def submitted(broker, cluster, tmp_path_factory):
    secrets = broker.secrets(tmp_path_factory.mktemp("secrets") / "card_fraud", "card_fraud")
    files = tmp_path_factory.mktemp("files") / "python_files.zip"
    with zipfile.ZipFile(files, "w") as archive:
        for source in [*(ROOT / "udfs").iterdir(), *(ROOT / "pyflink_cep").rglob("*")]:
            if source.is_file():
                archive.write(source, source.relative_to(ROOT))
    feed(broker)
    output = tmp_path_factory.mktemp("client") / "output"
    # The client waits for the job's end, and so is among what can be looked at. One task: a second would have no
    # partition to read, and hold back the watermark until it counts as idle.
    with output.open("w") as written, running(
        [cluster.command("flink"), "run", "-pyclientexec", sys.executable, "-pyexec", sys.executable,
         "-p", "1", "--jarfile", CONNECTORS, "-pyfs", files, "-py", "jobs/card_fraud.py",
         "--source", "kafka_json", "--bootstrap-servers", broker.address, "--secrets", secrets],
        cwd=ROOT, env=cluster.environment, stdout=written, stderr=subprocess.STDOUT,
    ):  # fmt: skip
        try:
            alert = read(broker.client("admin"), "card_fraud.alerts")
            job = re.search(r"JobID (\w+)", output.read_text())[1]
            seen = everything_to_be_seen(cluster, job)
        finally:
            cluster.cancel_jobs()
    return Submitted(alert, {"flink run": output.read_text()} | seen)


@contextmanager
def running(command, **settings):
    """Runs a command until the end of the block."""
    process = subprocess.Popen(command, **settings)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def everything_to_be_seen(cluster, job):
    """What the web interface, the logs and the process list show, by where."""
    pages = ["jobmanager/config", "jobmanager/environment", "taskmanagers"]
    pages += [f"jobs/{job}{page}" for page in ("", "/config", "/plan", "/exceptions", "/checkpoints/config")]
    seen = {page: urlopen(f"{cluster.rest}/{page}").read().decode() for page in pages}
    seen |= {log.name: log.read_text(errors="replace") for log in (cluster.directory / "log").iterdir()}
    arguments = [file.read_bytes().replace(b"\0", b" ") for file in Path("/proc").glob("[0-9]*/cmdline")]
    return seen | {"arguments": b"\n".join(arguments).decode(errors="replace")}


def test_the_job_reads_and_writes_as_its_user(submitted):
    assert (submitted.alert["rule_id"], json.loads(submitted.alert["key"])) == (
        "card-testing",
        {"card_id": "c"},
    )


def test_the_password_is_nowhere_to_be_seen(submitted):
    # It is looked for where the settings beside it are.
    assert "sasl.jaas.config = [hidden]" in "".join(submitted.seen.values())
    assert "--secrets" in submitted.seen["arguments"]
    assert [where for where, text in submitted.seen.items() if PASSWORDS["card_fraud"] in text] == []
