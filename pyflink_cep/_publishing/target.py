"""Places named on a command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pyflink_cep._publishing.directory import Directory
from pyflink_cep._publishing.kafka import Topic
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOPIC = re.compile(r"kafka://(?P<servers>[^/\s]+:\d+)/(?P<topic>[A-Za-z0-9._-]{1,249})/?")
_SETTING = re.compile(r"(?P<key>[a-z.]+)\s*=\s*(?P<value>.*)")


def read_target(name: str, client: Mapping[str, str] | None = None) -> Directory | Topic:
    """The place that a name stands for: a directory's path, or `kafka://HOST:PORT/TOPIC`.

    Args:
        name: The name. Several hosts of Kafka are separated by commas.
        client: Settings of Kafka's client.

    Raises:
        InputError: It names neither.

    Example:
        >>> read_target("kafka://localhost:9092/card_fraud_rules").name
        'card_fraud_rules'
        >>> print(read_target("updates").path)
        updates
    """
    if topic := _TOPIC.fullmatch(name):
        return Topic(topic["servers"], topic["topic"], client or {})
    path = Path(name.removeprefix("file://"))
    if "://" in name.removeprefix("file://") or name.startswith("kafka:"):
        message = f"`{name}` is neither a directory nor a topic"
    elif path.exists() and not path.is_dir():
        message = f"`{name}` is a file, and not a directory"
    else:
        return Directory(path)
    raise InputError(
        Diagnostic(
            code="unknown-target",
            location="target",
            message=message,
            hint="expected a directory, or kafka://HOST:PORT/TOPIC",
        )
    )


def read_client_settings(file: Path) -> dict[str, str]:
    """Reads the settings of Kafka's client from a file with a `key=value` a line, as librdkafka names them.

    Raises:
        InputError: A line is no setting.
    """
    settings = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        setting = _SETTING.fullmatch(line.strip())
        if setting is None:
            raise InputError(
                Diagnostic(
                    code="invalid-setting",
                    location=f"{file}:{number}",
                    message="expected `key=value`",
                    hint="such as `security.protocol=SASL_SSL`",
                )
            )
        settings[setting["key"]] = setting["value"]
    return settings
