"""A topic of payments, and one of dead letters of them, on a real broker."""

import base64
import json
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from confluent_kafka import Consumer, Producer, TopicPartition

from pyflink_cep._dead_letters.box import Box, Filter
from pyflink_cep._dead_letters.replay import Policy, replay
from pyflink_cep._publishing.kafka import Topic
from tests.waiting import SECONDS, awaited

FAILED_AT = datetime(2025, 3, 3, 8, tzinfo=UTC)
POLICY = Policy(rate=1000, backoff=timedelta(), max_tries=5)
ANY = Filter()


class Sent(NamedTuple):
    """A record, as it was sent back."""

    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]
    partition: int


class Post:
    """A topic of payments, and one of dead letters of them."""

    def __init__(self, broker):
        name = uuid.uuid4().hex[:8]
        self.broker = broker
        self.payments = broker.create_topic(f"payments-{name}")
        self.topic = Topic(broker.address, broker.create_topic(f"dead-{name}"))
        self.producer = Producer({"bootstrap.servers": broker.address})

    def write(self, *letters):
        """Writes letters as a job does."""
        for letter in letters:
            self.put(self.topic.name, json.dumps(letter), letter["id"])

    def put(self, topic, value, key=None, headers=None):
        self.producer.produce(topic, value, key, headers=headers)
        assert self.producer.flush(SECONDS) == 0

    def letter(self, offset, **fields):
        fields = {
            "reason": "truncated",
            "error": "EOFException",
            "stack": "java.io.EOFException\n\tat Decoder.read",
            "topic": self.payments,
            "partition": 0,
            "offset": offset,
            "record_key": coded(f"c{offset}".encode()),
            "payload": coded(bytes([0, 255, offset])),
            "payload_size": 3,
            "headers": {"trace": coded(b"t1")},
            "tries": 0,
            "failed_at": (FAILED_AT + timedelta(minutes=offset)).isoformat(),
        } | fields
        return {"id": f"{fields['topic']}/{fields['partition']}/{offset}"} | fields

    def sent(self, topic=None):
        """The records that whoever reads only what is committed gets."""
        return [
            Sent(message.key(), message.value(), dict(message.headers() or ()), message.partition())
            for message in self._committed(topic or self.payments)
        ]

    def messages(self):
        """Key, value, all headers and timestamp of the payments that are committed."""
        return [
            (message.key(), message.value(), message.headers() or [], message.timestamp()[1])
            for message in self._committed(self.payments)
        ]

    def _committed(self, topic):
        self.settle(topic)
        messages = []
        with self.consumer("read_committed") as consumer:
            consumer.assign([TopicPartition(topic, 0, 0)])
            # A message without a value is false.
            while (message := consumer.poll(SECONDS)) is not None and not message.error():
                messages.append(message)
        assert message is not None
        return messages

    def settle(self, topic):
        """Waits until transactions that have ended have done so in the topic, too."""
        partition = TopicPartition(topic, 0)
        with self.consumer("read_committed") as committed, self.consumer("read_uncommitted") as written:
            ends = [consumer.get_watermark_offsets for consumer in (committed, written)]
            awaited(lambda: {end(partition) for end in ends}, lambda found: len(found) == 1)

    @contextmanager
    def consumer(self, level):
        consumer = Consumer(
            {
                "bootstrap.servers": self.broker.address,
                "group.id": "test",
                "enable.partition.eof": True,
                "isolation.level": level,
            }
        )
        try:
            yield consumer
        finally:
            consumer.close()

    def replay(self, which=ANY, policy=POLICY, **arguments):
        outcomes = replay(self.topic, which, policy, **arguments)
        return {outcome.letter.offset: outcome.outcome for outcome in outcomes}

    def states(self):
        self.settle(self.topic.name)
        return {entry.letter.offset: entry.state for entry in Box.read(self.topic).entries}


def coded(value):
    return base64.b64encode(value).decode()
