"""Tables of Iceberg, as Flink writes them, as the events of a rule."""

import shutil
import sys

import pytest
from pyflink.datastream import RuntimeExecutionMode
from pyflink.table import EnvironmentSettings, StreamTableEnvironment

from pyflink_cep._connectors import JAR
from pyflink_cep._files.history import read_history
from pyflink_cep.errors import InputError

UPSERTS = "'format-version' = '2', 'write.upsert.enabled' = 'true'"


@pytest.fixture
def lake(environment, tmp_path):
    """Runs statements on a catalog of tables in tmp_path."""
    environment.add_jars(JAR.as_uri())
    environment.set_runtime_mode(RuntimeExecutionMode.BATCH)
    tables = StreamTableEnvironment.create(environment, EnvironmentSettings.in_batch_mode())
    tables.execute_sql(
        "CREATE CATALOG lake WITH ('type' = 'iceberg', 'catalog-type' = 'hadoop',"
        f" 'warehouse' = '{tmp_path.as_uri()}')"
    )
    tables.execute_sql("CREATE DATABASE lake.fraud")

    def run(*statements):
        for statement in statements:
            tables.execute_sql(statement).wait()

    run(
        "CREATE TABLE lake.fraud.payments (card_id STRING, ts BIGINT, `day` STRING) PARTITIONED BY (`day`)",
        "INSERT INTO lake.fraud.payments VALUES ('a', 1, 'mo'), ('b', 2, 'tu')",
    )
    return run


def cards(folder):
    return read_history([str(folder)], "ts").table["card_id"].to_pylist()


def test_rows_are_read_once_though_the_files_that_were_replaced_are_still_there(lake, tmp_path):
    table = tmp_path / "fraud" / "payments"
    assert cards(table) == ["a", "b"]

    lake("INSERT OVERWRITE lake.fraud.payments PARTITION (`day` = 'tu') SELECT 'b', CAST(2 AS BIGINT)")

    assert len(list((table / "data").rglob("*.parquet"))) == 3
    assert cards(table) == ["a", "b"]


def test_of_versions_of_a_table_the_newest_is_read(lake, tmp_path):
    lake(*(f"ALTER TABLE lake.fraud.payments SET ('n' = '{n}')" for n in range(9)))
    lake("INSERT INTO lake.fraud.payments VALUES ('c', 3, 'we')")

    assert (tmp_path / "fraud" / "payments" / "metadata" / "v12.metadata.json").exists()
    assert cards(tmp_path / "fraud" / "payments") == ["a", "b", "c"]


def test_metadata_that_was_never_committed_is_no_version(lake, tmp_path):
    metadata = tmp_path / "fraud" / "payments" / "metadata"
    shutil.copy(
        metadata / "v1.metadata.json", metadata / "83fa1234-5e6b-4c1d-8a3e-0123456789ab.metadata.json"
    )
    (metadata / "99999999-5e6b-4c1d-8a3e-0123456789ab.metadata.json").touch()

    assert cards(tmp_path / "fraud" / "payments") == ["a", "b"]


@pytest.mark.parametrize(
    "part",
    [
        ".",
        "fraud",
        "fraud/payments/data",
        "fraud/payments/data/day=mo",
        "fraud/payments/data/**/*.parquet",
        "fraud/payments/data/day=mo/*",
    ],
)
def test_a_folder_around_a_table_or_files_in_it_are_refused_with_the_name_of_the_table(lake, tmp_path, part):
    with pytest.raises(InputError) as error:
        read_history([str(tmp_path / part)], "ts")

    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.code, diagnostic.location) == ("part-of-table", str(tmp_path / part))
    assert diagnostic.hint.endswith(f" table: {tmp_path / 'fraud' / 'payments'}")


def test_a_table_without_rows_is_said_to_have_none(lake, tmp_path):
    lake("CREATE TABLE lake.fraud.cards (card_id STRING, ts BIGINT)")

    with pytest.raises(InputError, match=r"error\[no-events\]: the table of Iceberg has no rows yet"):
        cards(tmp_path / "fraud" / "cards")


def test_a_folder_with_metadata_that_was_never_committed_is_no_table(tmp_path):
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "83fa1234-5e6b-4c1d-8a3e-0123456789ab.metadata.json").touch()
    (tmp_path / "events.csv").write_text("card_id,ts\na,1\n")

    # The metadata is a file of 0 bytes, which has no events.
    assert cards(tmp_path) == ["a"]


def test_the_folder_of_a_partition_is_called_as_its_value_is_written(lake, tmp_path):
    lake("INSERT INTO lake.fraud.payments VALUES ('c', 3, '10:30/x y%20z')")

    assert cards(tmp_path / "fraud" / "payments") == ["a", "b", "c"]


def test_a_table_of_which_a_column_was_renamed_is_refused(lake, tmp_path):
    lake("ALTER TABLE lake.fraud.payments RENAME card_id TO card")

    with pytest.raises(InputError, match=r"error\[renamed-column\]: a column was renamed: card and card_id"):
        cards(tmp_path / "fraud" / "payments")


def test_of_a_table_that_was_moved_it_is_said_where_it_was(lake, tmp_path):
    moved = shutil.move(tmp_path / "fraud" / "payments", tmp_path / "moved")

    with pytest.raises(InputError) as error:
        cards(moved)

    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "unreadable-table"
    assert diagnostic.hint == f"the table was written at {tmp_path / 'fraud' / 'payments'}, and is read there"


def test_a_table_of_which_rows_were_replaced_by_their_key_is_refused(lake, tmp_path):
    lake(
        "CREATE TABLE lake.fraud.cards (card_id STRING PRIMARY KEY NOT ENFORCED, ts BIGINT)"
        f" WITH ({UPSERTS})",
        "INSERT INTO lake.fraud.cards VALUES ('a', 1)",
        "INSERT INTO lake.fraud.cards VALUES ('a', 2)",
    )
    with pytest.raises(InputError, match=r"error\[unreadable-table\].*support equality deletes"):
        read_history([str(tmp_path / "fraud" / "cards")], "ts")


def test_a_table_that_lacks_files_is_an_error_that_names_it(lake, tmp_path):
    table = tmp_path / "fraud" / "payments"
    for manifests in (table / "metadata").glob("*.avro"):
        manifests.unlink()

    with pytest.raises(InputError, match=r"v2\.metadata\.json: error\[unreadable-table\]"):
        read_history([str(table)], "ts")


def test_without_the_library_it_is_said_how_to_get_it(lake, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyiceberg.table", None)
    with pytest.raises(InputError, match=r"hint: pip install 'pyflink-cep\[lake\]'"):
        read_history([str(tmp_path / "fraud" / "payments")], "ts")


def test_a_copy_of_a_table_without_its_metadata_is_a_folder_of_files(lake, tmp_path):
    shutil.copytree(tmp_path / "fraud" / "payments" / "data", tmp_path / "copy")

    assert cards(tmp_path / "copy") == ["a", "b"]
