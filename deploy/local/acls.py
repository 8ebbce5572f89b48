"""Grants what deploy/kafka/acls.yaml says that the users of the topics may do.

Run:  python -m deploy.local.acls --config ADMIN.properties

The file has the settings of a client who may grant, as librdkafka names them: bootstrap.servers, security.protocol,
sasl.username and so on. It holds a secret, so it is readable by its owner alone. Nothing is taken away.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACLS = Path(__file__).parents[1] / "kafka" / "acls.yaml"
RESOURCES = {
    "topics": ResourceType.TOPIC,
    "groups": ResourceType.GROUP,
    "transactional_ids": ResourceType.TRANSACTIONAL_ID,
}


def bindings(document: Mapping[str, Mapping[str, Mapping[str, list[str]]]]) -> Iterator[AclBinding]:
    """The rights of a document as Kafka's."""
    for user, resources in document.items():
        for kind, names in resources.items():
            for name, operations in names.items():
                pattern = ResourcePatternType.PREFIXED if name.endswith("*") else ResourcePatternType.LITERAL
                for operation in operations:
                    yield AclBinding(
                        RESOURCES[kind],
                        name.removesuffix("*"),
                        pattern,
                        f"User:{user}",
                        "*",
                        AclOperation[operation.upper()],
                        AclPermissionType.ALLOW,
                    )


def grant(client: AdminClient) -> int:
    """Grants all rights of the file; those that are there stay. Gives how many there are."""
    wanted = list(bindings(yaml.safe_load(ACLS.read_text())))
    for granted in client.create_acls(wanted).values():
        granted.result()
    return len(wanted)


def read_properties(file: Path) -> dict[str, str]:
    """The settings of a file: `name=value` lines, and comments."""
    lines = [line.strip() for line in file.read_text().splitlines()]
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def main() -> None:
    """Parses the arguments, grants, and says how much."""
    parser = argparse.ArgumentParser(description="Grant what deploy/kafka/acls.yaml says.")
    parser.add_argument("--config", type=Path, required=True, help="settings of a client who may grant")
    count = grant(AdminClient(read_properties(parser.parse_args().config)))
    print(f"{count} rights are granted")


if __name__ == "__main__":
    main()
