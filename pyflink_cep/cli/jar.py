"""`pyflink-cep jar`."""

from __future__ import annotations

import typer

from pyflink_cep._jar import find_jar


def jar() -> None:
    """Print where the jar is, for `flink run --jarfile`.

    Example: flink run -py job.py --jarfile $(pyflink-cep jar)
    """
    typer.echo(find_jar())
