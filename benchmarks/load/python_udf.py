"""What the risk of a payment costs, by Flink's own functions and in Python, in the ways that PyFlink has.

Run:    python -m benchmarks.load.python_udf <way> <bundle.size> <arrow.batch.size> <payments>
Writes: a line of JSON: microseconds of processor time a payment, of the JVM and of the Python worker

The source makes payments in memory, and all costs of it are in each figure: what counts is the difference to `sql`.
A worker takes seconds to start, so the time is what a job of all payments takes more than one of a tenth of them.
"""

from __future__ import annotations

import json
import math
import os
import sys
import sysconfig
import threading
import time

import pandas as pd
from pyflink.common import Row
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf

from benchmarks.load.cluster import is_python, seconds_of
from deploy.local.cluster import children_of
from udfs.card_fraud import (
    distance_km,
    distance_km_udf,
    risk_model,
    risk_score,
    risk_score_udf,
    speed_kmh,
    speed_kmh_udf,
)

WAYS = ("sql", "pandas", "pandas-fused", "rows", "rows-in-thread")
PLACE = "latitude, longitude, last_latitude, last_longitude"
RISK = "euros, average_eur, latitude, longitude, home_latitude, home_longitude"
KM = """(2 * 6371.0 * ASIN(SQRT(POWER(SIN(RADIANS({1} - {0}) / 2), 2)
    + COS(RADIANS({0})) * COS(RADIANS({1})) * POWER(SIN(RADIANS({3} - {2}) / 2), 2))))"""


@udf(result_type="ROW<km DOUBLE, kmh DOUBLE, risk DOUBLE>", func_type="pandas")
def fused(
    latitude: pd.Series, longitude: pd.Series, last_latitude: pd.Series, last_longitude: pd.Series,
    seconds: pd.Series, euros: pd.Series, average_eur: pd.Series, home_latitude: pd.Series,
    home_longitude: pd.Series, foreign_currency: pd.Series,
) -> pd.DataFrame:  # fmt: skip
    """All three in one call, on arrays, so that the distance is computed once."""
    place = latitude.to_numpy(), longitude.to_numpy()
    km = distance_km(*place, last_latitude.to_numpy(), last_longitude.to_numpy())
    kmh = speed_kmh(km, seconds.to_numpy())
    home = distance_km(*place, home_latitude.to_numpy(), home_longitude.to_numpy())
    risk = risk_score(euros.to_numpy(), average_eur.to_numpy(), home, kmh, foreign_currency.to_numpy())
    return pd.DataFrame({"km": km, "kmh": kmh, "risk": risk})


def one_distance(latitude, longitude, other_latitude, other_longitude):
    latitude, longitude, other_latitude, other_longitude = map(
        math.radians, (latitude, longitude, other_latitude, other_longitude)
    )
    half = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin((other_longitude - longitude) / 2) ** 2
    )
    return 12742.0 * math.asin(math.sqrt(half))


@udf(result_type=DataTypes.ROW([DataTypes.FIELD(name, DataTypes.DOUBLE()) for name in ("km", "kmh", "risk")]))
def by_row(
    latitude, longitude, last_latitude, last_longitude,
    seconds, euros, average_eur, home_latitude, home_longitude, foreign_currency,
):  # fmt: skip
    """The same of one payment, in plain Python."""
    model = risk_model()
    above, below, home_weight, speed, _, foreign = model["coefficients"]
    km = one_distance(latitude, longitude, last_latitude, last_longitude)
    kmh = km / max(seconds, 1) * 3600
    home = one_distance(latitude, longitude, home_latitude, home_longitude)
    times = math.log(max(euros, 0.01) / average_eur)
    score = (
        above * max(times, 0) + below * max(-times, 0) + home_weight * math.log1p(home)
        + speed * math.log1p(kmh) + foreign * foreign_currency + model["intercept"]
    )  # fmt: skip
    return Row(km, kmh, 1 / (1 + math.exp(-score)))


def query(way: str) -> str:
    if way == "sql":
        above, below, home, speed, _, foreign = risk_model()["coefficients"]
        km = KM.format("latitude", "last_latitude", "longitude", "last_longitude")
        from_home = KM.format("latitude", "home_latitude", "longitude", "home_longitude")
        return f"""SELECT km, kmh, 1 / (1 + EXP(-({risk_model()["intercept"]}
            + {above} * GREATEST(LN(euros / average_eur), 0) + {below} * GREATEST(-LN(euros / average_eur), 0)
            + {home} * LN(1 + from_home) + {speed} * LN(1 + kmh)
            + CASE WHEN foreign_currency THEN {foreign} ELSE 0 END)))
            FROM (SELECT *, km / GREATEST(seconds, 1) * 3600 AS kmh
                  FROM (SELECT *, {km} AS km, {from_home} AS from_home FROM payments))"""
    if way == "pandas":
        km = f"distance_km({PLACE})"
        kmh = f"speed_kmh({km}, seconds)"
        return f"SELECT {km}, {kmh}, risk_score({RISK}, {kmh}, foreign_currency) FROM payments"
    function = "fused" if way == "pandas-fused" else "by_row"
    return (
        f"SELECT {function}({PLACE}, seconds, euros, average_eur, home_latitude, home_longitude, foreign_currency)"
        " FROM payments"
    )


def run(tables: TableEnvironment, way: str, count: int) -> None:
    """Has a job score so many payments."""
    tables.execute_sql("DROP TEMPORARY TABLE IF EXISTS payments")
    places = ", ".join(f"{name} DOUBLE" for name in (PLACE + ", home_latitude, home_longitude").split(", "))
    bounds = ",".join(
        f"'fields.{name}.min'='{low}','fields.{name}.max'='{low + 1}'"
        for name, low in {"latitude": 48, "last_latitude": 48, "home_latitude": 48, "longitude": 2}.items()
    )
    tables.execute_sql(
        f"CREATE TEMPORARY TABLE payments ({places}, seconds INT, euros DOUBLE, average_eur DOUBLE,"
        f" foreign_currency BOOLEAN) WITH ('connector'='datagen','number-of-rows'='{count}',"
        f" 'rows-per-second'='100000000','fields.seconds.min'='1','fields.seconds.max'='9999',"
        f" 'fields.euros.min'='1','fields.euros.max'='900','fields.average_eur.min'='20','fields.average_eur.max'='90',"
        f"'fields.last_longitude.min'='2','fields.last_longitude.max'='3',"
        f"'fields.home_longitude.min'='2','fields.home_longitude.max'='3',{bounds})"
    )
    tables.execute_sql(f"INSERT INTO nowhere {query(way)}").wait()


class Watch:
    """What the processes under this one take, also those that end meanwhile."""

    def __init__(self) -> None:
        self._taken: dict[int, tuple[bool, float]] = {}
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while True:
            self.taken()
            time.sleep(0.1)

    def taken(self) -> dict[str, float]:
        for pid in children_of(os.getpid()):
            if seconds := seconds_of(pid):
                self._taken[pid] = is_python(pid), seconds
        sums = {"jvm": 0.0, "python": 0.0}
        for of_python, seconds in list(self._taken.values()):
            sums["python" if of_python else "jvm"] += seconds
        return sums


def main() -> None:
    way, bundle, batch, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    # Else the workers of a local job are threads of this process, which no cluster has.
    os.environ["_python_worker_execution_mode"] = "process"  # noqa: SIM112
    # An interpreter inside the JVM doesn't know of the virtual environment.
    os.environ["PYTHONPATH"] = sysconfig.get_path("purelib")
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for key, value in {
        "parallelism.default": "1",
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
        "python.execution-mode": "thread" if way == "rows-in-thread" else "process",
        "python.fn-execution.bundle.size": str(bundle),
        "python.fn-execution.bundle.time": "100",
        "python.fn-execution.arrow.batch.size": str(batch),
    }.items():
        tables.get_config().set(key, value)
    functions = {"distance_km": distance_km_udf, "speed_kmh": speed_kmh_udf, "risk_score": risk_score_udf}
    for name, function in (functions | {"fused": fused, "by_row": by_row}).items():
        tables.create_temporary_function(name, function)
    columns = (
        "a DOUBLE, b DOUBLE, c DOUBLE"
        if way in ("sql", "pandas")
        else "a ROW<km DOUBLE, kmh DOUBLE, risk DOUBLE>"
    )
    tables.execute_sql(f"CREATE TEMPORARY TABLE nowhere ({columns}) WITH ('connector' = 'blackhole')")

    watch, few = Watch(), count // 10
    marks = [watch.taken()]
    # The first has the JVM compile, and counts in neither.
    for size in (count // 2, few, count):
        run(tables, way, size)
        marks.append(watch.taken())
    micros = {
        part: ((marks[3][part] - marks[2][part]) - (marks[2][part] - marks[1][part])) / (count - few) * 1e6
        for part in ("jvm", "python")
    }
    print(json.dumps(micros | {"load_average": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
