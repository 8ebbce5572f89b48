"""Making the jar of connectors where only the wheel is: by the user's Maven, from the repositories that it knows."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from pyflink_cep._connectors import NAME
from pyflink_cep.errors import Diagnostic, InputError, JavaError, TargetError

# What it is built from, in folders as in the repository: in the wheel, and else in the clone that this is.
_PACKED = Path(__file__).resolve().parent / "connectors"
_SOURCES = _PACKED if _PACKED.is_dir() else Path(__file__).resolve().parents[1]
_PARTS = ("deploy/connectors/pom.xml", "deploy/connectors/src", "schemas")
_JDK = 17
_ELSEWHERE = "the jar is the same on each machine: it can be made on another, and copied"


def build(to: Path, settings: Path | None = None) -> None:
    """Makes the jar.

    Args:
        to: The file, which is replaced where it exists.
        settings: Maven's settings in place of those of the user: mirrors, proxies, passwords.

    Raises:
        InputError: There is no folder for the file.
        JavaError: There is no Maven, or it runs on a Java without a compiler, or on one that is too old.
        TargetError: Maven failed, as where it can't reach a repository.
    """
    if not to.parent.is_dir():
        message = f"{to.parent} is not a folder"
        raise InputError(Diagnostic(code="missing-folder", location="--to", message=message))
    maven = _find_maven()
    with tempfile.TemporaryDirectory() as folder:
        for part in _PARTS:
            source, copy = _SOURCES / part, Path(folder, part)
            copy.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy)
        pom = Path(folder, "deploy", "connectors", "pom.xml")
        # What comes is checked against the sums that the repository has.
        command = [maven, "-B", "-ntp", "-q", "--strict-checksums", "-Dstyle.color=never", "-f", str(pom)]
        if settings is not None:
            command += ["-s", str(settings.absolute())]
        ran = subprocess.run([*command, "package"], capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise _failed(ran.stdout + ran.stderr)
        # A file of its name is never half of one.
        part_of_it = to.with_name(f".{to.name}.part")
        shutil.copy(pom.parent / "target" / NAME, part_of_it)
        part_of_it.replace(to)


def _find_maven() -> str:
    maven = shutil.which("mvn")
    if maven is None:
        raise JavaError(
            Diagnostic(
                code="missing-maven",
                location="mvn",
                message="the jar is made by Apache Maven, and there is no `mvn` on the path",
                hint=f"install Maven and a JDK {_JDK}; {_ELSEWHERE}",
            )
        )
    told = subprocess.run(
        [maven, "-B", "-Dstyle.color=never", "-v"], capture_output=True, text=True, check=False
    )
    java = re.search(r"Java version: (?P<version>\d+)\S*,.*runtime: (?P<home>.*\S)", told.stdout)
    if java is None:
        # Maven says itself what keeps it from running, such as a wrong JAVA_HOME.
        raise JavaError(
            Diagnostic(
                code="unusable-maven",
                location=maven,
                message=(told.stderr + told.stdout).strip() or f"it ended with {told.returncode}",
            )
        )
    found = f"Java {java['version']} in {java['home']}"
    if int(java["version"]) < _JDK or not Path(java["home"], "bin", "javac").exists():
        raise JavaError(
            Diagnostic(
                code="missing-jdk",
                location=maven,
                message=f"expected a JDK {_JDK} or later, which has a compiler, found {found}",
                hint=f"install a JDK {_JDK}, and set JAVA_HOME to it; {_ELSEWHERE}",
            )
        )
    return maven


def _failed(printed: str) -> TargetError:
    errors = re.findall(r"^\[ERROR\] (.*\S)", printed, re.MULTILINE)
    return TargetError(
        Diagnostic(
            code="failed-build",
            location="mvn",
            message=errors[0] if errors else printed.strip(),
            hint="Maven's mirrors and proxies are in its settings: ~/.m2/settings.xml, or --settings FILE;\n"
            f"{_ELSEWHERE}",
        )
    )
