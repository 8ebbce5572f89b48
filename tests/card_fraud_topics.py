"""The topics of card_fraud on the broker that tests share."""

import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from deploy.local.topics import create_missing

SECONDS = 30


def fresh_topics(kafka):
    """Creates them as deploy/kafka/topics.yaml has them, without what an earlier test wrote."""
    client = AdminClient(kafka.settings)
    if earlier := existing(client):
        for deleted in client.delete_topics(earlier).values():
            deleted.result()
    deadline = time.monotonic() + SECONDS
    while existing(client) and time.monotonic() < deadline:
        time.sleep(0.1)
    create_missing(kafka.address)


def existing(client):
    return [name for name in client.list_topics(timeout=SECONDS).topics if name.startswith("card_fraud.")]


def committed(kafka, topic):
    """All messages of a topic that a reader of committed transactions gets, those of each partition in their order."""
    settings = {"group.id": "test", "enable.partition.eof": True, "isolation.level": "read_committed"}
    consumer = Consumer({**kafka.settings, **settings})
    partitions = consumer.list_topics(topic, timeout=SECONDS).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    messages, ended = [], 0
    try:
        while ended < len(partitions):
            message = consumer.poll(SECONDS)
            assert message is not None, f"{topic} doesn't answer"
            if message.error():
                ended += 1
            else:
                messages.append(message)
    finally:
        consumer.close()
    return messages
