"""The servers that tests run against: each keeps its data and its address when it is killed and started again."""

import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from tests.conftest import skipping
from tests.services.broker import Broker, broker_process, running_broker
from tests.services.postgresql import PostgreSQL, postgresql_process, running_postgresql
from tests.services.registry import Registry, answers, running_registry
from tests.services.server import NotInstallableError, first_that_runs
from tests.waiting import SECONDS


def send(broker, topic, value):
    producer = Producer(broker.settings)
    producer.produce(topic, value)
    assert producer.flush(SECONDS) == 0


def received(broker, topic, count):
    consumer = Consumer(broker.settings | {"group.id": uuid.uuid4().hex})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    messages = consumer.consume(count, timeout=SECONDS)
    consumer.close()
    return [message.value().decode() for message in messages]


def test_a_broker_that_is_killed_has_its_messages_when_it_is_started_again(tmp_path):
    with skipping("Kafka"), broker_process(tmp_path, {"message.max.bytes": "1000"}) as broker:
        broker.create_topic("payments")
        send(broker, "payments", "one")
        broker.server.kill()
        broker.server.start()
        send(broker, "payments", "two")

        assert received(broker, "payments", 2) == ["one", "two"]


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_postgresql_has_its_rows_when_it_is_started_again(end):
    with skipping("PostgreSQL"), postgresql_process({"work_mem": "1MB"}) as server:
        server.execute("CREATE TABLE alerts (id int)")
        server.execute("INSERT INTO alerts VALUES (%s)", [7])
        getattr(server.server, end)()
        server.server.start()

        assert server.execute("SELECT id FROM alerts") == [(7,)]
        assert server.execute("SHOW work_mem") == [("1MB",)]


def test_the_registry_answers(registry):
    assert answers(registry.url)


def test_a_server_that_cannot_be_had_skips_a_test_and_fails_it_in_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"^Kafka is not here: no package$"), skipping("Kafka"):
        raise NotInstallableError("no package")

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"^Kafka is not here: no package$"), skipping("Kafka"):
        raise NotInstallableError("no package")


def test_the_summary_of_all_tests_says_why_some_were_skipped(tmp_path):
    junit = tmp_path / "TEST-Matcher.xml"
    junit.write_text('<testsuite tests="3" failures="1" errors="0" skipped="0"/>')
    report = tmp_path / "pytest.xml"
    skipped = '<testcase name="a"><skipped message="Kafka is not here: no package"/></testcase>'
    report.write_text(f'<testsuites><testsuite tests="5" skipped="2">{skipped * 2}</testsuite></testsuites>')

    summary = Path(__file__).parents[1] / "summary.py"
    ran = subprocess.run(
        [sys.executable, summary, tmp_path, report], capture_output=True, text=True, check=True
    )

    assert (
        ran.stdout
        == """
JUnit       2 passed    1 failed    0 skipped
pytest      3 passed    0 failed    2 skipped
            2 skipped: Kafka is not here: no package
"""
    )


def test_what_the_environment_names_is_taken_first(monkeypatch, tmp_path, kafka, registry, postgresql):
    monkeypatch.setenv("PYFLINK_CEP_TEST_KAFKA", kafka.address)
    monkeypatch.setenv("PYFLINK_CEP_TEST_REGISTRY", registry.url)
    monkeypatch.setenv("PYFLINK_CEP_TEST_POSTGRESQL", postgresql.url)

    with running_broker(tmp_path) as broker:
        assert broker == Broker(kafka.address)
    with running_registry(tmp_path) as named:
        assert named == Registry(registry.url)
    with running_postgresql() as server:
        assert server == PostgreSQL("127.0.0.1", postgresql.port)
        assert server.execute("SELECT current_user") == [(postgresql.user,)]


def test_the_first_way_that_can_be_gone_is_taken():
    def missing(reason):
        def way():
            raise NotInstallableError(reason)

        return way

    with (
        pytest.raises(NotInstallableError, match=r"^no engine; no package$"),
        first_that_runs(missing("no engine"), missing("no package")),
    ):
        pass
