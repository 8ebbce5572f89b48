"""The guide "your own project", with the wheel alone, and what the job says where the jar of connectors is missing."""

import re
import subprocess

import pytest

from tests.guides import GUIDES, run_guide
from tests.wheel import build, install

# What the test's own environment and cluster stand for.
PREPARED = r"^(python3 -m venv|source|pip install|export|\"\$FLINK_HOME/bin/(start|stop)-cluster.sh\").*\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """An empty folder, but for an environment that has the wheel."""
    folder = tmp_path_factory.mktemp("own") / "project"
    folder.mkdir()
    install(build(tmp_path_factory.mktemp("dist")), folder / ".venv")
    return folder


@pytest.fixture(scope="module")
def environment(project, cluster):
    path = f"{project / '.venv' / 'bin'}:{cluster.environment['PATH']}"
    return cluster.environment | {"PATH": path, "PYTHONPATH": "", "VIRTUAL_ENV": str(project / ".venv")}


@pytest.fixture(scope="module")
def followed(project, environment):
    """The project, once the guide has been followed."""
    guide = re.sub(PREPARED, "", (GUIDES / "your-own-project.md").read_text(), flags=re.MULTILINE)
    # What the client of the cluster says of the job differs each time.
    guide = guide.replace(
        "--jarfile pyflink-cep-connectors.jar\n", "--jarfile pyflink-cep-connectors.jar > run.log\n"
    )
    assert run_guide(guide, project, environment, diagnostics=False) == 3
    return project


def submitted(project, environment, *flags):
    """What `flink run` prints of a job that can't be submitted."""
    python = project / ".venv" / "bin" / "python"
    command = [
        f"{environment['FLINK_HOME']}/bin/flink",
        "run",
        "-pyclientexec",
        python,
        "-py",
        "job.py",
        *flags,
    ]
    ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    return ran.stdout + ran.stderr


def test_the_jar_of_connectors_is_named_where_it_is_missing(followed, environment):
    printed = submitted(followed, environment, "-pyfs", "functions.zip")

    assert (
        "flink: error[missing-format]: Could not find any format factory for identifier 'parquet' in the classpath."
    ) in printed
    assert "`flink run --jarfile`" in printed
    assert "Py4JJavaError" not in printed
