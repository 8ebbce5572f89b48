"""`pyflink-cep plot`."""

from pathlib import Path
from typing import Annotated

import typer

from pyflink_cep._plot import draw_rule
from pyflink_cep._rules import Rules
from pyflink_cep.cli.console import say


def plot(
    rule: Annotated[Path, typer.Argument(metavar="RULE", exists=True, help="A rule document.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there, and not to stdout.")
    ] = None,
) -> None:
    """Draw a rule as a graph of its states, in SVG.

    Example: pyflink-cep plot rules/card_fraud/card-testing.yaml -o card-testing.svg
    """
    checked = Rules.load(rule).check()
    if len(checked) > 1:
        raise typer.BadParameter(f"{rule} has {len(checked)} rules, and a plot is of one", param_hint="RULE")
    svg = draw_rule(checked[0])
    if output is None:
        typer.echo(svg, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(svg, encoding="utf-8")
        say(f"Written to {output.resolve()}")
