"""Parts that tests of several folders need."""

import os
from contextlib import contextmanager

import pytest

from tests.services.broker import running_broker
from tests.services.postgresql import running_postgresql
from tests.services.registry import running_registry
from tests.services.server import NotInstallableError


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
    with skipping("Kafka"), running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def registry(tmp_path_factory):
    """A schema registry, which runs to the end of the tests."""
    with skipping("the schema registry"), running_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server, which runs to the end of the tests."""
    with skipping("PostgreSQL"), running_postgresql() as server:
        yield server


@contextmanager
def skipping(name):
    """Skips the tests that need a part which this machine can't have. In CI, which installs all, that is a failure."""
    try:
        yield
    except NotInstallableError as error:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not here: {error}", pytrace=False)
        pytest.skip(f"{name} is not here: {error}")
