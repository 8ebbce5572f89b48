"""`pyflink-cep publish`."""

from pyflink_cep._publishing.history import changes
from pyflink_cep._rules import Rules
from pyflink_cep._schema_file import read_schema
from pyflink_cep.cli.console import print_json
from pyflink_cep.cli.difference import changes_json, print_changes
from pyflink_cep.cli.options import (
    DryRun,
    Format,
    KafkaConfig,
    OutputFormat,
    PublishTarget,
    RulePaths,
    SchemaFile,
    target_of,
)


def publish(
    rules: RulePaths,
    to: PublishTarget,
    schema: SchemaFile = None,
    dry_run: DryRun = False,
    kafka_config: KafkaConfig = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Check rules, and write those that have changed to where jobs read them.

    A rule whose content has changed needs a higher version. A rule is taken away by `status: retired`.

    Example: pyflink-cep publish rules/card_fraud --to updates --dry-run
    """
    target = target_of(to, kafka_config, "--to")
    documents = Rules.load(*rules)
    checked = documents.check(None if schema is None else read_schema(schema))
    texts = {source.name: source.text for source in documents.sources}
    found = changes(checked, texts, target.history())
    written = [change.proposed for change in found if change.is_written]
    if written and not dry_run:
        target.publish(written)
    if output is Format.JSON:
        print_json(changes_json(found, to, dry_run=dry_run))
    else:
        print_changes(found, to, dry_run=dry_run)
