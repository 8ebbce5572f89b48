"""Runs the commands of a guide as they stand there, and compares what they print with what the guide says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.waiting import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).resolve().parents[1]
GUIDES = ROOT / "docs" / "guides"
BLOCK = re.compile(
    r"(?:`(?P<file>[\w./-]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
SHELL = ("bash", "-euo", "pipefail", "-c")


def run_guide(
    text: str,
    directory: Path,
    environment: Mapping[str, str] | None = None,
    comparable: Callable[[str], str] = lambda printed: printed,
    diagnostics: bool = True,
) -> int:
    """Goes through a guide: files are written, commands run, and what they print is compared.

    Args:
        text: The guide.
        directory: Where its commands run, with `pyflink-cep` on the path, as where the package is installed. What
            ends in & runs until the guide ends, and prints into the file job.log beside the directory.
        environment: Variables besides.
        comparable: Takes out of what is printed what differs from run to run.
        diagnostics: Whether the guide shows what goes to stderr, too.

    Returns:
        How many times something was compared.
    """
    programs = directory.parent / "bin"
    programs.mkdir()
    command = programs / "pyflink-cep"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pyflink_cep "$@"\n')
    command.chmod(0o755)
    directory.mkdir(exist_ok=True)
    variables = os.environ | {
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
        **(environment or {}),
    }
    printed, compared = "", 0
    with ExitStack() as stack:
        log = stack.enter_context((directory.parent / "job.log").open("w"))
        for block in BLOCK.finditer(text):
            if block["file"]:
                file = directory / block["file"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block["text"])
            elif block["language"] == "console":
                printed = ""
                for part in re.split(r"^(.* &)\n", block["text"], flags=re.MULTILINE):
                    if part.endswith(" &"):
                        job = subprocess.Popen(
                            [*SHELL, f"exec {part[:-2]}"],
                            cwd=directory,
                            env=variables,
                            stdout=log,
                            stderr=log,
                        )
                        stack.callback(job.wait)
                        stack.callback(job.terminate)
                    elif part.strip():
                        ran = subprocess.run(
                            [*SHELL, part],
                            cwd=directory,
                            env=variables,
                            stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT if diagnostics else subprocess.PIPE,
                            text=True,
                            timeout=SECONDS,
                            check=False,
                        )
                        printed += ran.stdout
                        assert ran.returncode == 0, f"{part}\n{printed}{ran.stderr or ''}"
            elif block["language"] == "text":
                assert comparable(printed) == comparable(block["text"]), f"printed:\n{printed}"
                compared += 1
    return compared
