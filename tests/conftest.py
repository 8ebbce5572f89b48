"""Parts that tests of several folders need."""

import os

import pytest

from tests.kafka.broker import running_broker


@pytest.fixture(autouse=True)
def same_environment():
    """Puts the environment back that a test found: PyFlink's Python workers, in threads of this process, change it."""
    found = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(found)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """A Kafka broker, which runs to the end of the tests."""
    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker
