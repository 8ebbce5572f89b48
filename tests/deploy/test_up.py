"""`python -m deploy.local up` with parts that are no servers: what starts when, and what a second call mends."""

import pytest

from deploy.local import __main__ as local
from deploy.local.parts import Part, Place
from deploy.local.processes import Processes
from tests.services.server import NotInstallableError


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path / "up", {})
    place.folder()
    yield place
    processes = Processes(place.directory)
    for name in processes.names():
        processes.stop(name)


def sleeping(name):
    return lambda _: Part(name, ["sleep", "600"])


def missing(_):
    raise NotInstallableError("not here")


def test_a_second_call_fills_what_the_first_had_only_started(place, monkeypatch, capsys):
    filled = []
    monkeypatch.setattr(local, "fill", lambda _, name: filled.append(name))
    monkeypatch.setattr(local, "PARTS", {"kafka": sleeping("kafka"), "postgres": missing})
    with pytest.raises(NotInstallableError):
        local.up(place, ["kafka", "postgres"])
    assert filled == []

    monkeypatch.setitem(local.PARTS, "postgres", sleeping("postgres"))
    local.up(place, ["kafka", "postgres"])

    assert filled == ["kafka", "postgres"]
    assert capsys.readouterr().out == "kafka        runs already\npostgres     runs\n"


def test_a_part_starts_once_those_are_ready_that_it_needs(place, monkeypatch):
    order = []
    monkeypatch.setattr(local, "fill", lambda _, name: order.append(f"{name} ready"))

    def noted(name):
        return lambda _: order.append(name) or Part(name, ["sleep", "600"])

    names = ["job", "taskmanager", "jobmanager", "registry", "kafka"]
    monkeypatch.setattr(local, "PARTS", {name: noted(name) for name in names})
    local.up(place, names)

    for needed, name in [("kafka", "registry"), ("jobmanager", "taskmanager"), ("registry", "job")]:
        assert order.index(f"{needed} ready") < order.index(name)
    assert order.index("jobmanager") < order.index("kafka ready")
    assert order[-1] == "job ready"


def test_a_part_that_ends_at_once_is_an_error_with_its_log(place, monkeypatch):
    failing = Part("kafka", ["bash", "-c", "echo no port left; exit 3"], port=1)
    monkeypatch.setattr(local, "PARTS", {"kafka": lambda _: failing})

    with pytest.raises(
        local.NotStartedError, match=r"kafka did not start\nno port left\n\nhint: the whole log is "
    ):
        local.up(place, ["kafka"])
