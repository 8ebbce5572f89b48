"""The wheel, installed into an environment of its own."""

import zipfile

import pytest

from pyflink_cep import __version__
from tests.wheel import ROOT, build, install, run

JAR = "pyflink_cep/lib/pyflink-cep-runtime.jar"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    return install(wheel, tmp_path_factory.mktemp("environment"))


def test_the_wheel_holds_the_library_and_its_jar_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    assert {name.partition("/")[0] for name in names} == {
        "pyflink_cep",
        f"pyflink_cep-{__version__}.dist-info",
    }
    assert {JAR, "pyflink_cep/explanation.html.jinja", "pyflink_cep/py.typed"} <= set(names)
    assert [name for name in names if name.endswith(".jar")] == [JAR]


def test_the_wheel_holds_all_that_the_jar_of_connectors_is_made_from(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix("pyflink_cep/connectors/"): archive.read(name)
            for name in archive.namelist()
            if name.startswith("pyflink_cep/connectors/")
        }

    of_connectors = ["deploy/connectors/pom.xml", "deploy/connectors/src/**/*", "schemas/**/*"]
    files = [file for pattern in of_connectors for file in ROOT.glob(pattern) if file.is_file()]
    assert packed == {str(file.relative_to(ROOT)): file.read_bytes() for file in files}


def test_an_installed_wheel_finds_matches(python, tmp_path):
    program = """
from pyflink_cep import Pattern
from pyflink_cep.testing import find_matches
pattern = Pattern.begin("a").where("n = 1").next("b").where("n = a.n + 1")
found = find_matches(pattern, [{"n": 1, "ts": 0}, {"n": 2, "ts": 1}], time_field="ts")
print([dict(match) for match in found.matches])
"""

    assert (
        run(python, "-c", program, cwd=tmp_path) == "[{'a': [{'n': 1, 'ts': 0}], 'b': [{'n': 2, 'ts': 1}]}]\n"
    )
