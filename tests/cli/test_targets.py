"""What is particular to directories, and to Kafka."""

import errno
import os
import sys

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource

from pyflink_cep import InputError, TargetError
from pyflink_cep._publishing.directory import Directory
from pyflink_cep._publishing.history import Publication
from pyflink_cep._publishing.kafka import Topic
from pyflink_cep._publishing.outcomes import read_outcomes
from pyflink_cep._publishing.target import read_client_settings, read_target
from tests.cli.conftest import Ran, write
from tests.waiting import SECONDS

A1 = Publication({"id": "a", "version": 1, "where": "x = 'é'"})
A2 = Publication({"id": "a", "version": 2})
A10 = Publication({"id": "a", "version": 10})
B1 = Publication({"id": "b", "version": 1})
ACCEPTED = '{"rule_id": "a", "rule_version": 1, "outcome": "accepted", "at": "2024-05-01 09:00:00Z"}\n'


@pytest.fixture
def topic(kafka, request):
    return Topic(kafka.address, request.node.name.replace("[", ".").replace("]", ""))


def told(error):
    return [(diagnostic.code, diagnostic.location, diagnostic.message) for diagnostic in error.diagnostics]


class TestDirectory:
    def test_versions_are_in_order_as_numbers(self, tmp_path):
        directory = Directory(tmp_path / "not" / "yet")
        directory.publish([A10, B1, A2, A1])

        assert directory.history() == {"a": [A1, A2, A10], "b": [B1]}

    def test_a_directory_that_doesnt_exist_has_no_history(self, tmp_path):
        assert Directory(tmp_path / "none").history() == {}

    def test_only_complete_files_are_left(self, tmp_path):
        Directory(tmp_path).publish([A1, B1])

        assert {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()} == {
            "a.v1.json": """{"id":"a","version":1,"where":"x = 'é'"}\n""",
            "b.v1.json": '{"id":"b","version":1}\n',
        }

    def test_a_file_has_its_name_only_once_it_is_complete(self, tmp_path, monkeypatch):
        seen = []
        fsync = os.fsync
        monkeypatch.setattr(
            os, "fsync", lambda file: (fsync(file), seen.extend(f.name for f in tmp_path.iterdir()))
        )

        Directory(tmp_path).publish([A1])

        assert [name[:11] for name in seen] == [".a.v1.json."]

    @pytest.mark.parametrize("links", [True, False])
    def test_a_version_that_is_there_is_never_written_again(self, tmp_path, monkeypatch, links):
        if not links:
            monkeypatch.setattr(os, "link", without_links)
        Directory(tmp_path).publish([A1])

        with pytest.raises(TargetError) as raised:
            Directory(tmp_path).publish([Publication({"id": "a", "version": 1, "other": True})])

        assert str(raised.value) == (
            f"{tmp_path}/a.v1.json: error[version-taken]: somebody else has published version 1 meanwhile\n"
            "\n"
            "hint: look at the difference with `--dry-run`, and publish again"
        )
        assert Directory(tmp_path).history() == {"a": [A1]}
        assert len(list(tmp_path.iterdir())) == 1

    def test_a_file_system_without_links_will_do(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "link", without_links)
        Directory(tmp_path).publish([A1, A2])

        assert Directory(tmp_path).history() == {"a": [A1, A2]}
        assert len(list(tmp_path.iterdir())) == 2

    def test_a_directory_that_cant_be_made_is_an_error(self, tmp_path):
        file = write(tmp_path / "file", "")

        with pytest.raises(TargetError) as raised:
            Directory(file / "updates").publish([A1])

        assert told(raised.value) == [
            ("unusable-directory", f"{file}/updates/a.v1.json", "it can't be written: Not a directory")
        ]

    def test_what_a_job_has_not_finished_writing_is_not_read(self, tmp_path):
        for name in (".part-0.inprogress", "_SUCCESS", "_temporary/part-0", "day=1/.part-1"):
            write(tmp_path / name, "half a li")
        write(tmp_path / "day=1" / "part-0", ACCEPTED)
        write(tmp_path / "part-0", ACCEPTED)

        assert [len(status.outcomes) for status in read_outcomes(Directory(tmp_path))] == [2]


def without_links(source, target):
    raise OSError(errno.ENOTSUP, "Operation not supported")


class TestKafka:
    def test_a_topic_that_doesnt_exist_is_created_compacted(self, topic):
        assert topic.history() == {}

        topic.publish([A1])

        resource = ConfigResource(ConfigResource.Type.TOPIC, topic.name)
        admin = AdminClient({"bootstrap.servers": topic.servers})
        assert admin.describe_configs([resource])[resource].result()["cleanup.policy"].value == "compact"

    def test_versions_are_in_the_order_in_which_they_were_published(self, kafka, topic):
        topic.publish([A2, B1])
        topic.publish([A1])

        assert topic.history() == {"a": [A2, A1], "b": [B1]}

    def test_a_tombstone_takes_a_rule_away(self, topic):
        topic.publish([A1, B1])
        producer = Producer({"bootstrap.servers": topic.servers})
        producer.produce(topic.name, None, key="a")
        assert producer.flush(SECONDS) == 0

        assert topic.history() == {"b": [B1]}

    def test_what_the_topic_has_retained_is_the_history(self, kafka, topic):
        kafka.create_topic(topic.name, cleanup_policy="compact,delete", retention_ms="-1")
        topic.publish([A1, A2, B1])
        admin = AdminClient({"bootstrap.servers": topic.servers})
        first_kept = TopicPartition(topic.name, 0, 1)
        admin.delete_records([first_kept])[first_kept].result()

        assert topic.history() == {"a": [A2], "b": [B1]}

    def test_a_topic_that_forgets_is_refused(self, kafka, topic):
        kafka.create_topic(topic.name, cleanup_policy="delete")

        with pytest.raises(TargetError) as raised:
            topic.publish([A1])

        assert str(raised.value) == (
            f"{topic}: error[topic-forgets]: the topic has `cleanup.policy=delete`: it would forget the rules"
            " after some time\n\n"
            "hint: set `cleanup.policy=compact`, which keeps the last message of each rule"
        )
        assert topic.history() == {}

    def test_a_topic_that_keeps_all_messages_will_do(self, kafka, topic):
        kafka.create_topic(topic.name, cleanup_policy="delete", retention_ms="-1")

        topic.publish([A1])

        assert topic.history() == {"a": [A1]}

    def test_a_message_that_is_not_confirmed_is_an_error(self, kafka, topic):
        kafka.create_topic(topic.name, cleanup_policy="compact", max_message_bytes="150")
        large = Publication({"id": "large", "version": 2, "description": "x" * 200})

        with pytest.raises(TargetError) as raised:
            topic.publish([large])

        assert told(raised.value) == [
            (
                "not-confirmed",
                str(topic),
                "Kafka has not confirmed version 2 of `large`: Broker: Message size too large",
            )
        ]
        assert topic.history() == {}

    def test_a_topic_that_has_no_status_is_an_error(self, topic):
        with pytest.raises(TargetError) as raised:
            read_outcomes(topic)

        assert told(raised.value) == [("unknown-topic", str(topic), f"there is no topic `{topic.name}`")]

    def test_a_broker_that_doesnt_answer_is_an_error(self, monkeypatch):
        monkeypatch.setattr("pyflink_cep._publishing.kafka._SECONDS", 0.5)

        with pytest.raises(TargetError) as raised:
            Topic("127.0.0.1:1", "rules").history()

        assert [diagnostic.code for diagnostic in raised.value.diagnostics] == ["kafka-unreachable"]
        assert str(raised.value).startswith(
            "kafka://127.0.0.1:1/rules: error[kafka-unreachable]: Kafka doesn't answer at 127.0.0.1:1: "
        )

    def test_the_clients_settings_are_used(self, kafka, monkeypatch):
        monkeypatch.setattr("pyflink_cep._publishing.kafka._SECONDS", 0.5)
        topic = Topic(kafka.address, "rules", {"security.protocol": "SSL"})

        with pytest.raises(TargetError) as raised:
            topic.history()

        assert [diagnostic.code for diagnostic in raised.value.diagnostics] == ["kafka-unreachable"]

    def test_a_setting_that_kafka_doesnt_know_is_an_error(self, run, directory):
        write(directory / "client.properties", "security.protokoll=SSL\n")

        assert run("publish rules --to kafka://localhost:9092/rules --kafka-config client.properties") == Ran(
            1,
            "",
            "kafka://localhost:9092/rules: error[invalid-setting]: "
            'No such configuration property: "security.protokoll"\n',
        )

    def test_a_missing_package_is_named_with_the_command_that_installs_it(self, run, monkeypatch):
        monkeypatch.setitem(sys.modules, "confluent_kafka", None)

        assert run("publish rules --to kafka://localhost:9092/rules") == Ran(
            1,
            "",
            "kafka://localhost:9092/rules: error[missing-package]: Kafka needs the package confluent-kafka,"
            " which is not installed\n\n"
            "hint: pip install 'pyflink-cep[kafka]'\n",
        )


class TestNames:
    @pytest.mark.parametrize(
        ("name", "servers", "topic"),
        [
            ("kafka://localhost:9092/rules", "localhost:9092", "rules"),
            ("kafka://a:9092,b:9093/card_fraud.rules-1", "a:9092,b:9093", "card_fraud.rules-1"),
        ],
    )
    def test_a_topic_has_hosts_and_a_name(self, name, servers, topic):
        target = read_target(name)

        assert target == Topic(servers, topic)
        assert str(target) == name

    @pytest.mark.parametrize("name", ["updates", "file://updates"])
    def test_a_directory_is_named_by_its_path(self, name):
        assert str(read_target(name).path) == "updates"

    @pytest.mark.parametrize(
        "name", ["s3://bucket/rules", "kafka://localhost/rules", "kafka://localhost:9092/", "kafka:rules"]
    )
    def test_what_is_neither_is_refused(self, name):
        with pytest.raises(InputError) as raised:
            read_target(name)

        assert told(raised.value) == [
            ("unknown-target", "target", f"`{name}` is neither a directory nor a topic")
        ]

    def test_a_file_is_no_directory(self, run, directory):
        ran = run("publish rules --to rules/card-testing.yaml")

        assert (ran.exit_code, ran.stdout) == (2, "")
        assert "`rules/card-testing.yaml` is a file, and not a directory" in " ".join(
            line.strip("│ ") for line in ran.stderr.splitlines()
        )

    def test_client_settings_are_read_from_a_file(self, tmp_path):
        file = write(tmp_path / "client", "# TLS\n\nsecurity.protocol = SASL_SSL\nsasl.password=a=b # c\n")

        assert read_client_settings(file) == {
            "security.protocol": "SASL_SSL",
            "sasl.password": "a=b # c",
        }

    def test_a_line_that_is_no_setting_is_an_error(self, tmp_path):
        file = write(tmp_path / "client", "security.protocol=SSL\nssl\n")

        with pytest.raises(InputError) as raised:
            read_client_settings(file)

        assert told(raised.value) == [("invalid-setting", f"{file}:2", "expected `key=value`")]
