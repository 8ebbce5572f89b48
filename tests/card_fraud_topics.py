"""The topics of card_fraud on the broker that tests share."""

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from deploy.local.topics import create_missing
from tests.waiting import SECONDS, awaited


def fresh_topics(kafka, *of_one_partition):
    """Creates them as deploy/kafka/topics.yaml has them, without what an earlier test wrote.

    Those named have one partition, whose watermark waits for no other.
    """
    existing_topics_removed(kafka)
    for name in of_one_partition:
        kafka.create_topic(name)
    create_missing(kafka.address)


def existing_topics_removed(kafka):
    """Deletes what an earlier test has created."""
    client = AdminClient(kafka.settings)
    if earlier := existing(client):
        for deleted in client.delete_topics(earlier).values():
            deleted.result()
    awaited(lambda: existing(client), lambda names: not names)


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
