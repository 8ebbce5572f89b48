"""Parts that tests of several folders need."""

from pathlib import Path

import pytest

from tests.kafka.broker import Broker, running_broker


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Broker:
    """A Kafka broker, which runs to the end of the tests."""
    directory: Path = tmp_path_factory.mktemp("kafka")
    with running_broker(directory) as broker:
        yield broker
