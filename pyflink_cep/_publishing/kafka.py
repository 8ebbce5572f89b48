"""A Kafka topic that jobs read rule documents from: a message for each version, with the rule's id as its key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pyflink_cep._publishing.history import History, Publication
from pyflink_cep.errors import Diagnostic, TargetError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

_SECONDS = 15.0
# confluent_kafka.TIMESTAMP_CREATE_TIME
_CREATE_TIME = 1
# Messages that lie closer are read on; else the consumer is moved.
_NEAR = 500
_INSTALL = "pip install 'pyflink-cep[kafka]'"


class Record(NamedTuple):
    """A message."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    partition: int
    offset: int
    timestamp: int | None = None

    @classmethod
    def of(cls, message: Any) -> Self:
        """A message as the client library has it. Its timestamp is that of its producer, in milliseconds, if any."""
        kind, timestamp = message.timestamp()
        return cls(
            message.key(),
            message.value(),
            tuple(message.headers() or ()),
            message.partition(),
            message.offset(),
            timestamp if kind == _CREATE_TIME else None,
        )

    def header(self, name: str) -> bytes | None:
        """The last header of a name, which is the one that counts; None where there is none."""
        return dict(self.headers).get(name)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of Kafka.

    Attributes:
        servers: Hosts with their ports, separated by commas.
        name: The topic's name.
        client: Settings of librdkafka, such as those of TLS and SASL.
    """

    servers: str
    name: str
    client: Mapping[str, str] = field(default_factory=dict)
    forgets: str = "the topic is compacted, and may have removed it"

    def __str__(self) -> str:
        return f"kafka://{self.servers}/{self.name}"

    def exists(self) -> bool:
        """Whether there is such a topic.

        Raises:
            TargetError: Kafka can't be reached, or doesn't answer.
        """
        return self._partitions() is not None

    def history(self) -> History:
        """Reads what the topic has retained, each rule's versions in the order in which they were published.

        Raises:
            TargetError: Kafka can't be reached, or doesn't answer.
        """
        versions: dict[str, list[Publication]] = {}
        if not self.exists():
            return versions
        for key, value in self.messages():
            if value is None:
                # A tombstone: whoever wrote it has taken the rule and its history away.
                versions.pop(key or "", None)
            elif publication := Publication.read(value):
                versions.setdefault(publication.id, []).append(publication)
        return versions

    def publish(self, publications: Sequence[Publication]) -> None:
        """Sends a message for each, and waits until Kafka has them. A topic that doesn't exist is created, compacted.

        Raises:
            TargetError: Kafka can't be reached, or has not confirmed a message; the topic forgets old messages.
        """
        kafka = client_library(self)
        if self.exists():
            self._check_retention()
        else:
            # The last message of each rule is what a job starts with, so it has to stay.
            self._create({"cleanup.policy": "compact"})
        producer = kafka.Producer(self.settings() | {"acks": "all"})
        unconfirmed = {(publication.id, publication.version): "no answer" for publication in publications}

        def delivered(error: Any, of: tuple[str, int]) -> None:
            if error is None:
                del unconfirmed[of]
            else:
                unconfirmed[of] = error.str()

        for publication in publications:
            of = publication.id, publication.version
            producer.produce(
                self.name,
                key=publication.id,
                value=publication.to_json(),
                on_delivery=lambda error, _, of=of: delivered(error, of),
            )
        producer.flush(_SECONDS)
        if unconfirmed:
            raise TargetError(
                *(
                    Diagnostic(
                        code="not-confirmed",
                        location=str(self),
                        message=f"Kafka has not confirmed version {version} of `{rule_id}`: {reason}",
                        hint="run the command again: what has arrived meanwhile is unchanged then",
                    )
                    for (rule_id, version), reason in unconfirmed.items()
                )
            )

    def messages(self) -> Iterator[tuple[str | None, bytes | None]]:
        """The key and the value of each message up to the topic's present end, in the order of each partition.

        Raises:
            TargetError: There is no such topic, or Kafka can't be reached.
        """
        for record in self.records():
            yield None if record.key is None else record.key.decode(errors="replace"), record.value

    def records(self) -> Iterator[Record]:
        """Each message up to the topic's present end, in the order of each partition.

        Raises:
            TargetError: There is no such topic, or Kafka can't be reached.
        """
        kafka = client_library(self)
        partitions = self.partitions()
        consumer = self._consumer()
        try:
            # Where the first messages are not kept any more, it begins with the earliest that is. To ask for that one
            # beforehand takes half a second.
            consumer.assign([kafka.TopicPartition(self.name, partition, 0) for partition in partitions])
            unread = set(partitions)
            while unread:
                message = consumer.poll(_SECONDS)
                if message is None:
                    raise self.error("no-answer", f"Kafka has not answered within {_SECONDS:.0f} seconds")
                error = message.error()
                if error is None:
                    yield Record.of(message)
                elif error.code() == kafka.KafkaError._PARTITION_EOF:
                    unread.discard(message.partition())
                else:
                    raise self.error("kafka-error", error.str())
        finally:
            consumer.close()

    def partitions(self) -> list[int]:
        """The topic's partitions.

        Raises:
            TargetError: There is no such topic, or Kafka can't be reached.
        """
        partitions = self._partitions()
        if partitions is None:
            raise self.error("unknown-topic", f"there is no topic `{self.name}`")
        return partitions

    def records_at(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], Record]:
        """The messages at some places, each a partition and an offset, as far as they are kept.

        Raises:
            TargetError: Kafka can't be reached.
        """
        known = self._partitions() or ()
        offsets: dict[int, set[int]] = {}
        for partition, offset in places:
            if partition in known:
                offsets.setdefault(partition, set()).add(offset)
        consumer = self._consumer()
        try:
            return {
                (record.partition, record.offset): record
                for partition, wanted in offsets.items()
                for record in self._records_of(consumer, partition, wanted)
            }
        finally:
            consumer.close()

    def _records_of(self, consumer: Any, partition: int, wanted: set[int]) -> Iterator[Record]:
        kafka = client_library(self)
        position = -1
        for offset in sorted(wanted):
            if offset < position:
                continue
            if position < 0 or offset - position > _NEAR:
                consumer.assign([kafka.TopicPartition(self.name, partition, offset)])
                position = offset
            while 0 <= position <= offset:
                message = consumer.poll(_SECONDS)
                if message is None:
                    raise self.error("no-answer", f"Kafka has not answered within {_SECONDS:.0f} seconds")
                # At the end, or past it, where a consumer begins anew.
                if message.error() or message.offset() < position:
                    position = -1
                    break
                position = message.offset() + 1
                if message.offset() in wanted:
                    yield Record.of(message)

    def create_like(self, other: Topic) -> None:
        """Creates the topic, if it isn't there: one that forgets nothing, and takes messages as long as another does.

        Raises:
            TargetError: It can't be created.
        """
        if self.exists():
            return
        limit = {name: value for name, value in other._described().items() if name == "max.message.bytes"}
        self._create({"cleanup.policy": "delete", "retention.ms": "-1", **limit})

    def settings(self) -> dict[str, Any]:
        """The settings of a client, the user's among them."""
        # What librdkafka logs on stderr is said better by the errors here.
        return {"bootstrap.servers": self.servers, "log_level": 0, **self.client}

    def _consumer(self) -> Any:
        kafka = client_library(self)
        return kafka.Consumer(
            self.settings()
            | {
                # A group's name is needed, but nothing is committed under it.
                "group.id": "pyflink-cep",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
                # At the end there is nothing to wait for.
                "fetch.wait.max.ms": 10,
            }
        )

    def _partitions(self) -> list[int] | None:
        """The topic's partitions; None where there is no such topic."""
        kafka = client_library(self)
        admin = self._admin()
        try:
            metadata = admin.list_topics(self.name, timeout=_SECONDS).topics[self.name]
        except kafka.KafkaException as error:
            raise self.error(
                "kafka-unreachable",
                f"Kafka doesn't answer at {self.servers}: {error.args[0].str()}",
                hint="look at the address; TLS and SASL are set by `--kafka-config FILE`",
            ) from error
        if metadata.error is not None:
            if metadata.error.code() == kafka.KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise self.error("kafka-error", metadata.error.str())
        return sorted(metadata.partitions)

    def _create(self, config: Mapping[str, str]) -> None:
        kafka = client_library(self)
        admin = self._admin()
        topic = kafka.admin.NewTopic(self.name, num_partitions=1, config=dict(config))
        try:
            admin.create_topics([topic])[self.name].result(_SECONDS)
        except kafka.KafkaException as error:
            raise self.error(
                "topic-not-created",
                f"the topic doesn't exist, and can't be created: {error.args[0].str()}",
                hint=f"create it with `cleanup.policy={config['cleanup.policy']}`",
            ) from error

    def _check_retention(self) -> None:
        """Refuses a topic that would forget the rules after some time."""
        settings = self._described()
        if not settings:
            return
        policy = settings["cleanup.policy"]
        keeps_all = settings["retention.ms"] == "-1" and settings["retention.bytes"] == "-1"
        if "delete" in policy and not keeps_all:
            raise self.error(
                "topic-forgets",
                f"the topic has `cleanup.policy={policy}`: it would forget the rules after some time",
                hint="set `cleanup.policy=compact`, which keeps the last message of each rule",
            )

    def _described(self) -> dict[str, str]:
        """The settings of the topic; none for who isn't allowed to read them, though he may write to it."""
        kafka = client_library(self)
        admin = self._admin()
        resource = kafka.admin.ConfigResource(kafka.admin.ConfigResource.Type.TOPIC, self.name)
        try:
            described = admin.describe_configs([resource])[resource].result(_SECONDS)
        except kafka.KafkaException:
            return {}
        return {name: setting.value for name, setting in described.items()}

    def _admin(self) -> Any:
        kafka = client_library(self)
        try:
            return kafka.admin.AdminClient(self.settings())
        except kafka.KafkaException as error:
            raise self.error("invalid-setting", error.args[0].str()) from error

    def error(self, code: str, message: str, hint: str | None = None) -> TargetError:
        """An error of this topic."""
        return TargetError(Diagnostic(code=code, location=str(self), message=message, hint=hint))


def client_library(topic: Topic) -> Any:
    """The package confluent_kafka.

    Raises:
        TargetError: It is not installed.
    """
    try:
        import confluent_kafka
        import confluent_kafka.admin
    except ImportError as error:
        raise TargetError(
            Diagnostic(
                code="missing-package",
                location=str(topic),
                message="Kafka needs the package confluent-kafka, which is not installed",
                hint=_INSTALL,
            )
        ) from error
    return confluent_kafka
