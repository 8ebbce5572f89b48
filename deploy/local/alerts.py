"""Prints the alerts of the topic as lines of JSON, the oldest first, as whoever reads what is committed sees them.

Run:  python -m deploy.local.alerts --bootstrap-servers localhost:9092 \
          --registry http://localhost:8080/apis/ccompat/v7

It ends at the end of the topic; with --follow it waits for more.
"""

from __future__ import annotations

import argparse
import json
import signal
from typing import TYPE_CHECKING, Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPIC = "card_fraud.alerts"
SECONDS_TO_ANSWER = 30


def alerts(address: str, registry: str, follow: bool = False) -> Iterator[dict[str, Any]]:
    """The alerts of the topic; those of a card or a terminal are in their order.

    Args:
        address: host and port of a broker.
        registry: URL of the schema registry.
        follow: whether to wait for more at the topic's end.

    Raises:
        KafkaException: The broker doesn't answer, or has no such topic.
    """
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry, "timeout": 20}))
    context = SerializationContext(TOPIC, MessageField.VALUE)
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            # No group commits anything: each call reads all of the topic.
            "group.id": "deploy.local.alerts",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
    )
    try:
        topic = consumer.list_topics(TOPIC, timeout=SECONDS_TO_ANSWER).topics[TOPIC]
        if topic.error is not None:
            raise KafkaException(topic.error)
        left = set(topic.partitions)
        consumer.assign([TopicPartition(TOPIC, partition, OFFSET_BEGINNING) for partition in left])
        while left or follow:
            message = consumer.poll(SECONDS_TO_ANSWER)
            if message is None:
                continue
            if message.error() is None:
                yield deserialize(message.value(), context)
            elif message.error().code() == KafkaError._PARTITION_EOF:
                left.discard(message.partition())
            else:
                raise KafkaException(message.error())
    finally:
        consumer.close()


def main() -> None:
    """Parses the arguments, and prints."""
    parser = argparse.ArgumentParser(description="Print the alerts as lines of JSON.")
    parser.add_argument("--bootstrap-servers", default="localhost:9092")
    parser.add_argument(
        "--registry", default="http://localhost:8080/apis/ccompat/v7", help="of schemas: its URL"
    )
    parser.add_argument("--follow", action="store_true", help="wait for more")
    arguments = parser.parse_args()
    # Ends without a word where its reader does, such as `head`.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for alert in alerts(arguments.bootstrap_servers, arguments.registry, arguments.follow):
        times = {name: alert[name].isoformat() for name in ("started_at", "ended_at")}
        print(json.dumps(alert | times), flush=True)


if __name__ == "__main__":
    main()
