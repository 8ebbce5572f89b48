"""The wheel, and a Python that has it alone."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(*command: object, **options: object) -> str:
    """Runs a command, and gives what it prints."""
    # A job with Python functions leaves variables behind in the process that ran it.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYFLINK_")}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=clean, **options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def build(folder: Path) -> Path:
    """Builds the wheel into a folder."""
    run(
        *[sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"],
        *["--wheel-dir", folder, ROOT],
    )
    [wheel] = folder.glob("*.whl")
    return wheel


def install(wheel: Path, environment: Path) -> Path:
    """A Python that has the wheel, and its dependencies from the environment that the tests run in.

    Args:
        wheel: The wheel.
        environment: The folder of the new virtual environment.

    Returns:
        The Python.
    """
    venv.create(environment)
    python = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    [site_packages] = environment.glob("lib/python*/site-packages")
    # A .pth file adds a folder alone: the source checkout, which is in a .pth file of that folder, stays out.
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python
