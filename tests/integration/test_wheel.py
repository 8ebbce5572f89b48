"""The wheel, installed into an environment of its own."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from pyflink_cep import __version__

REPOSITORY = Path(__file__).parents[2]
JAR = "pyflink_cep/lib/pyflink-cep-runtime.jar"


def run(*command, **options):
    # A job with Python functions leaves variables behind in the process that ran it.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYFLINK_")}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=clean, **options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, REPOSITORY]
    run(sys.executable, "-m", "pip", *build)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A Python that has the wheel, and its dependencies from the environment that the tests run in."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment)
    python = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    [site_packages] = environment.glob("lib/python*/site-packages")
    # A .pth file adds a folder alone: the source checkout, which is in a .pth file of that folder, stays out.
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_the_wheel_holds_the_library_and_its_jar_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    assert {name.partition("/")[0] for name in names} == {
        "pyflink_cep",
        f"pyflink_cep-{__version__}.dist-info",
    }
    assert {JAR, "pyflink_cep/explanation.html.jinja", "pyflink_cep/py.typed"} <= set(names)
    assert [name for name in names if name.endswith(".jar")] == [JAR]


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
