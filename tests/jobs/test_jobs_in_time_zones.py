"""Jobs, a pipeline in SQL, backtest and explain find the same in each time zone of the session and of the process."""

import json
import os
import subprocess
import sys

import pytest

from tests.jobs.in_a_time_zone import write_events

# That of the start: PyFlink's workers, in threads of this process, change it, and then no gateway starts.
ENVIRONMENT = dict(os.environ)
ZONES = ["UTC", "Asia/Kolkata", "America/St_Johns"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What each zone's run has written, by the zone: the process has the zone, too."""
    found = {}
    for zone in ZONES:
        directory = tmp_path_factory.mktemp(zone.replace("/", "-"))
        write_events(directory)
        done = subprocess.run(
            [sys.executable, "-m", "tests.jobs.in_a_time_zone", directory, zone],
            env={**ENVIRONMENT, "TZ": zone},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, f"{zone}:\n{done.stdout[-5000:]}"
        found[zone] = written(directory)
    return found


def written(directory):
    """The rows of what was written, without the times at which it was."""
    folders = ("ssh/alerts", "alerts_of_the_job", "dead_letters", "alerts")
    found = {
        folder: sorted(line for part in (directory / folder).glob("part-*") for line in part.open())
        for folder in folders
    }
    for command in ("explain", "backtest"):
        found[command] = without_names(
            json.loads((directory / f"{command}.json").read_text()), str(directory)
        )
    # How long it took, which differs from run to run.
    assert found["backtest"].pop("seconds") > 0
    assert found["backtest"].pop("events_a_second") > 0
    return found


def without_names(value, directory):
    return json.loads(json.dumps(value).replace(directory, ""))


@pytest.mark.parametrize("zone", ZONES[1:])
@pytest.mark.parametrize(
    "name", ["ssh/alerts", "alerts_of_the_job", "dead_letters", "alerts", "explain", "backtest"]
)
def test_what_is_found_is_the_same_as_in_utc(results, zone, name):
    assert results["UTC"][name]
    assert results[zone][name] == results["UTC"][name]


def test_times_are_instants_also_where_the_clock_goes_forward(results):
    times = [json.loads(line)["started_at"] for line in results["America/St_Johns"]["ssh/alerts"]]
    assert all(time.endswith("Z") for time in times)
    assert min(times) < "2025-03-09T05:30:00Z" < max(times)
