"""The two-steps workload as a KeyedProcessFunction that a PyFlink user would write, in process mode.

Run:    python -m benchmarks.python_function <arrival | time> <events to warm up> <events>
Writes: a line of JSON, as Bench.java does

A worker takes seconds to start in every job, so the time given is what a job of both takes longer than one
of the events to warm up.
"""

import json
import sys
import time

from pyflink.common import Configuration, Row, Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ListStateDescriptor, MapStateDescriptor
from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment

WINDOW_MS = 10 * 60 * 1000


class InOrderOfArrival(KeyedProcessFunction):
    """Takes payments as they come: right where none is out of order."""

    def open(self, runtime_context):
        self.probes = runtime_context.get_list_state(ListStateDescriptor("probes", Types.LONG()))

    def process_element(self, payment, ctx):
        yield from self.take(payment.payment_id, payment.amount, ctx.timestamp())

    def take(self, payment_id, amount, time):
        if amount < 50:
            self.probes.add(time)
        elif amount > 950:
            if any(time - probe < WINDOW_MS for probe in self.probes):
                yield Row(payment_id, amount)
            self.probes.clear()


class InOrderOfTime(InOrderOfArrival):
    """Holds payments back until the watermark has passed them, as CEP does."""

    def open(self, runtime_context):
        super().open(runtime_context)
        payment = Types.TUPLE([Types.LONG(), Types.DOUBLE()])
        self.waiting = runtime_context.get_map_state(
            MapStateDescriptor("waiting", Types.LONG(), Types.LIST(payment))
        )

    def process_element(self, payment, ctx):
        time = ctx.timestamp()
        at_that_time = self.waiting.get(time) or []
        self.waiting.put(time, [*at_that_time, (payment.payment_id, payment.amount)])
        ctx.timer_service().register_event_time_timer(time)

    def on_timer(self, timestamp, ctx):
        for payment_id, amount in self.waiting.get(timestamp):
            yield from self.take(payment_id, amount, timestamp)
        self.waiting.remove(timestamp)


FUNCTIONS = {"arrival": InOrderOfArrival, "time": InOrderOfTime}


def run(function: KeyedProcessFunction, events: int) -> tuple[float, float, int]:
    configuration = Configuration()
    configuration.set_string("parallelism.default", "1")
    configuration.set_string("state.backend.type", "hashmap")
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    tables = StreamTableEnvironment.create(env)
    benchmarks = get_gateway().jvm.org.pyflinkcep.benchmarks
    tables.execute_sql(
        benchmarks.PaymentsConnector.createTable(benchmarks.Payments(events, 10_000, 0), False)
    )
    tables.execute_sql(
        "CREATE TABLE alerts (payment_id BIGINT, amount DOUBLE) WITH ('connector' = 'payments')"
    )
    alerts = (
        tables.to_data_stream(tables.from_path("payments"))
        .key_by(lambda payment: payment.card_id, key_type=Types.LONG())
        .process(
            function,
            output_type=Types.ROW_NAMED(["payment_id", "amount"], [Types.LONG(), Types.DOUBLE()]),
        )
    )
    started_at = time.process_time()
    tables.from_data_stream(alerts).execute_insert("alerts").wait()
    # In a local run the function runs in this process, and all else in the JVM.
    stopwatch = benchmarks.Stopwatch
    cpu_seconds = stopwatch.cpuSeconds() + time.process_time() - started_at
    return stopwatch.seconds(), cpu_seconds, stopwatch.results()


if __name__ == "__main__":
    function, warmup, events = FUNCTIONS[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3])
    seconds, cpu_seconds, _ = run(function(), warmup)
    longer_seconds, longer_cpu_seconds, results = run(function(), warmup + events)
    measured = {
        "events": events,
        "seconds": longer_seconds - seconds,
        "cpu_seconds": longer_cpu_seconds - cpu_seconds,
        "results": results,
    }
    print(json.dumps(measured))
