"""Parts that tests of several folders need."""

import pytest

from tests.kafka.broker import running_broker


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """A Kafka broker, which runs to the end of the tests."""
    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker
