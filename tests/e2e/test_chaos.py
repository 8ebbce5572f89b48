"""The short form of `make chaos`."""

from tests.chaos.run import run
from tests.conftest import skipping


def test_nothing_is_lost_or_doubled_though_parts_fail(tmp_path):
    said = []
    with skipping("a part of the job"):
        found = run(tmp_path, payments=15_000, failures=2, seed=4, say=said.append)
    assert [str(place) for place in found] == [
        f"{place.where}: each of {place.expected:,} once" for place in found
    ], said
    assert [place.where for place in found] == ["alerts in Kafka", "alerts in PostgreSQL", "dead letters"]
    assert min(place.expected for place in found) >= 10
