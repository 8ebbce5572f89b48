"""`pyflink-cep rollback`."""

from typing import Annotated

import typer

from pyflink_cep._publishing.history import rolled_back
from pyflink_cep.cli.console import print_json, say
from pyflink_cep.cli.difference import changes_json, print_changes
from pyflink_cep.cli.options import DryRun, Format, KafkaConfig, OutputFormat, PublishTarget, existing_target


def rollback(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="The rule's id.")],
    to: PublishTarget,
    to_version: Annotated[
        int | None,
        typer.Option(
            "--to-version", metavar="N", help="The version to bring back; without it the one before."
        ),
    ] = None,
    dry_run: DryRun = False,
    kafka_config: KafkaConfig = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Bring an earlier version of a rule back, under a new version.

    Example: pyflink-cep rollback card-testing --to updates
    """
    target = existing_target(to, kafka_config, "--to")
    change = rolled_back(rule_id, target.history(), to_version, target.forgets)
    if not dry_run:
        target.publish([change.proposed])
    if output is Format.JSON:
        print_json(changes_json([change], to, dry_run=dry_run))
    else:
        print_changes([change], to, dry_run=dry_run)
    if not dry_run:
        say(
            "hint: bring the rule's file to the same content; the version of its next change is"
            f" {change.proposed.version + 1}"
        )
