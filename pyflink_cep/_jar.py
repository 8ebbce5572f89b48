"""Where the jar is, which holds the Java side."""

from __future__ import annotations

from pathlib import Path

from pyflink_cep.errors import Diagnostic, JarNotFoundError

JAR = Path(__file__).resolve().parent / "lib" / "pyflink-cep-runtime.jar"


def find_jar() -> Path:
    """The path of the jar.

    Raises:
        JarNotFoundError: This is a source checkout whose jar was not built.
    """
    if not JAR.is_file():
        raise JarNotFoundError(
            Diagnostic(
                code="missing-jar",
                location="pyflink_cep",
                message=f"{JAR} does not exist: this is a source checkout whose jar was not built",
                hint="run `make jar`, or pass a jar with `flink run --jarfile`",
            )
        )
    return JAR
