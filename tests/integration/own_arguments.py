"""Counts the rows for which a Python function gets another argument than its own, for each kind of function.

Run with a mode of PyFlink, `process` or `thread`, and whether objects are reused, `true` or `false`. Prints a JSON
object: a kind of function to the number of wrong rows, of all, and of different results.
"""

import json
import sys
from collections import defaultdict
from functools import reduce

from pyflink.common import Configuration, Row, Types
from pyflink.common.time import Time
from pyflink.datastream import (
    AsyncDataStream,
    AsyncFunction,
    FlatMapFunction,
    KeyedProcessFunction,
    MapFunction,
    ProcessFunction,
    StreamExecutionEnvironment,
)
from pyflink.table import DataTypes, StreamTableEnvironment, Table
from pyflink.table.expressions import col, lit
from pyflink.table.udf import AggregateFunction, ScalarFunction, TableFunction, udaf, udf, udtf

# All in one bundle, and each another text, so that a wrong one shows.
NUMBER = 500
TEXTS = [f"value {number}" for number in range(NUMBER)]


class Kept:
    """Keeps arguments, and notices when one of them changes after its call."""

    def __init__(self):
        self.arguments = []

    def keep(self, argument):
        self.arguments.append((argument, argument[0]))
        return argument[0] if all(kept[0] == text for kept, text in self.arguments) else "changed"


class OfArrays(ScalarFunction):
    def open(self, function_context):
        self.kept = Kept()

    def eval(self, texts):
        return [self.kept.keep(texts)]


class OfRows(ScalarFunction):
    def open(self, function_context):
        self.kept = Kept()

    def eval(self, value):
        return Row(text=self.kept.keep(value))


class Whole(AggregateFunction):
    """The texts that were added, one after the other."""

    def create_accumulator(self):
        return Row("")

    def accumulate(self, accumulator, text):
        accumulator[0] = text if not accumulator[0] else f"{accumulator[0]},{text}"

    def get_value(self, accumulator):
        return accumulator[0]

    def get_result_type(self):
        return DataTypes.STRING()

    def get_accumulator_type(self):
        return DataTypes.ROW([DataTypes.FIELD("text", DataTypes.STRING())])


class Twice(TableFunction):
    def eval(self, text):
        yield text
        yield text


class Mapped(MapFunction):
    def open(self, runtime_context):
        self.kept = Kept()

    def map(self, value):
        return Row("map", value[0], self.kept.keep(value))


class FlatMapped(FlatMapFunction):
    def open(self, runtime_context):
        self.kept = Kept()

    def flat_map(self, value):
        text = self.kept.keep(value)
        yield Row("flat_map", value[0], text)
        yield Row("flat_map", value[0], text)


class Processed(ProcessFunction):
    def open(self, runtime_context):
        self.kept = Kept()

    def process_element(self, value, ctx):
        yield Row("process", value[0], self.kept.keep(value))


class Keyed(KeyedProcessFunction):
    def open(self, runtime_context):
        self.kept = Kept()

    def process_element(self, value, ctx):
        yield Row("keyed process", ctx.get_current_key(), self.kept.keep(value))


class Asked(AsyncFunction):
    async def async_invoke(self, value):
        import asyncio

        await asyncio.sleep(0.001)
        return [Row("asynchronous", value[0], value[0])]


def environment(mode, reuse):
    configuration = Configuration()
    configuration.set_string("rest.bind-address", "127.0.0.1")
    configuration.set_string("python.execution-mode", mode)
    configuration.set_string("pipeline.object-reuse", reuse)
    configuration.set_string("python.fn-execution.bundle.size", str(NUMBER))
    configuration.set_string("python.executable", sys.executable)
    found = StreamExecutionEnvironment.get_execution_environment(configuration)
    found.set_parallelism(1)
    return found


def of_tables(env):
    """Scalar, pandas, table and aggregate functions, in one job.

    Rows of the kind, the text, and what the function got.
    """
    tables = StreamTableEnvironment.create(env)
    row = DataTypes.ROW([DataTypes.FIELD("text", DataTypes.STRING())])
    texts = tables.from_elements([(text,) for text in TEXTS], row)
    scalar = udf(lambda text: text, result_type=DataTypes.STRING())
    pandas = udf(lambda texts: texts, result_type=DataTypes.STRING(), func_type="pandas")
    nested = udf(OfRows(), result_type=row)
    listed = udf(OfArrays(), result_type=DataTypes.ARRAY(DataTypes.STRING()))
    twice = udtf(Twice(), result_types=[DataTypes.STRING()])
    tables.create_temporary_view("texts", texts)
    tables.create_temporary_function("whole", udaf(Whole()))
    tables.create_temporary_function("listed", listed)
    tables.create_temporary_function("nested", nested)
    text = col("text")
    kinds = {
        "scalar": texts.select(text, scalar(text)),
        "scalar of arrays": tables.sql_query("SELECT text, listed(ARRAY[text])[1] FROM texts"),
        "scalar of rows": tables.sql_query("SELECT text, nested(ROW(text)).text FROM texts"),
        "pandas": texts.select(text, pandas(text)),
        "table": texts.join_lateral(twice(text).alias("found")).select(text, col("found")),
        "aggregate": tables.sql_query("SELECT text, whole(text) FROM texts GROUP BY text"),
    }
    told = [
        of_kind.alias("own", "found").select(
            lit(kind).cast(DataTypes.STRING()).alias("kind"), col("own"), col("found")
        )
        for kind, of_kind in kinds.items()
    ]
    return reduce(Table.union_all, told).execute().collect()


def of_streams(env, mode):
    """Functions of the DataStream API, in the same way."""
    kind = Types.ROW([Types.STRING(), Types.STRING(), Types.STRING()])
    texts = env.from_collection([Row(text) for text in TEXTS], Types.ROW([Types.STRING()]))
    found = [
        texts.map(Mapped(), kind),
        texts.flat_map(FlatMapped(), kind),
        texts.process(Processed(), kind),
        texts.key_by(lambda value: value[0], Types.STRING()).process(Keyed(), kind),
    ]
    # PyFlink refuses it in thread mode.
    if mode == "process":
        found.append(AsyncDataStream.unordered_wait(texts, Asked(), Time.seconds(60), 100, kind))
    return found[0].union(*found[1:]).execute_and_collect()


def main(mode, reuse):
    """Runs all kinds that the mode has."""
    pairs = defaultdict(list)
    for collected in (of_tables(environment(mode, reuse)), of_streams(environment(mode, reuse), mode)):
        with collected as rows:
            for kind, own, found in rows:
                pairs[kind].append((own, found))
    wrong = {
        kind: [
            sum(own != found for own, found in of_kind),
            len(of_kind),
            len({found for _, found in of_kind}),
        ]
        for kind, of_kind in pairs.items()
    }
    print(json.dumps(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
