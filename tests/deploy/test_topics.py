"""deploy/kafka/topics.yaml: what the tables of sql/tables/card_fraud ask of their topics."""

import re
from pathlib import Path

import pytest
import yaml

from deploy.local.parts import PARALLELISM

ROOT = Path(__file__).resolve().parents[2]
TOPICS = yaml.safe_load((ROOT / "deploy" / "kafka" / "topics.yaml").read_text())
TABLES = ROOT / "sql" / "tables" / "card_fraud"
OPTION = re.compile(r"^  '([\w.-]+)' = '([^']*)'", re.MULTILINE)
# Each option once for a table, whatever the format of its records.
TOPIC_TABLES = {
    name: dict(OPTION.findall(next((TABLES / name).glob("kafka*.sql")).read_text()))
    for name in (name.removeprefix("card_fraud.") for name in TOPICS)
}


def test_each_topic_has_a_table_that_names_it():
    assert {options["topic"] for options in TOPIC_TABLES.values()} == TOPICS.keys()


def test_a_topic_takes_records_as_long_as_its_table_sends_them():
    asked = {
        options["topic"]: int(options["properties.max.request.size"])
        for options in TOPIC_TABLES.values()
        if "properties.max.request.size" in options
    }
    taken = {
        name: settings["max.message.bytes"]
        for name, settings in TOPICS.items()
        if "max.message.bytes" in settings
    }
    assert taken == asked


def test_topics_of_tables_that_are_changed_by_key_are_compacted():
    changed = {
        options["topic"] for options in TOPIC_TABLES.values() if options["connector"] == "upsert-kafka"
    }
    # Rules are read as a stream, but only the newest of each counts.
    compacted = {name for name, settings in TOPICS.items() if settings.get("cleanup.policy") == "compact"}
    assert compacted == changed | {"card_fraud.rule_updates"}


@pytest.mark.parametrize("name", ["card_fraud.customers", "card_fraud.rates"])
def test_older_versions_are_kept_as_long_as_payments(name):
    assert TOPICS[name]["min.compaction.lag.ms"] >= TOPICS["card_fraud.payments"]["retention.ms"]


def test_payments_have_a_partition_for_each_task():
    assert TOPICS["card_fraud.payments"]["partitions"] == PARALLELISM
