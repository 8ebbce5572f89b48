"""Creates the topics of deploy/kafka/topics.yaml that a broker doesn't have yet.

Run:  python -m deploy.local.topics --bootstrap-servers localhost:9092
"""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml
from confluent_kafka.admin import AdminClient, NewTopic

TOPICS = Path(__file__).parents[1] / "kafka" / "topics.yaml"


def create_missing(address: str) -> list[str]:
    """Creates what is missing, and gives its names.

    Args:
        address: host and port of a broker.
    """
    client = AdminClient({"bootstrap.servers": address})
    wanted = yaml.safe_load(TOPICS.read_text())
    missing = sorted(wanted.keys() - client.list_topics(timeout=30).topics.keys())
    topics = []
    for name in missing:
        settings = {key: str(value) for key, value in wanted[name].items()}
        partitions = int(settings.pop("partitions"))
        topics.append(NewTopic(name, num_partitions=partitions, replication_factor=1, config=settings))
    for created in client.create_topics(topics).values() if topics else ():
        created.result()
    return missing


def main() -> None:
    """Parses the arguments, creates, and says what."""
    parser = argparse.ArgumentParser(description="Create the topics that are missing.")
    parser.add_argument("--bootstrap-servers", default="localhost:9092")
    missing = create_missing(parser.parse_args().bootstrap_servers)
    print(f"created: {', '.join(missing)}" if missing else "all topics are there")


if __name__ == "__main__":
    main()
