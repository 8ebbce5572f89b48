"""Measure pyflink-cep beside its peers, on the same payments and one core.

A rate is in events a second of processor time, of all processes of a job together: what else the machine
does then matters little. The main job on Kafka (`load`) takes all cores, and is also measured by the clock.

Run:    make bench, or make bench QUICK=1
Writes: a table to stdout, out/bench.json
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.load.measure import measure_load

ROOT = Path(__file__).parent.parent
OUT = ROOT / "out"
JAR = ROOT / "benchmarks" / "target" / "pyflink-cep-benchmarks.jar"
OURS = "pyflink-cep"


@dataclass(frozen=True)
class Ratio:
    """Our speed over a peer's, and the least that it should be."""

    work: str
    peer: str
    least: float | None


@dataclass(frozen=True)
class Size:
    """How many events a run has, and how many the run before it has, which warms up."""

    events: int
    warmup: int


@dataclass(frozen=True)
class Run:
    """What was measured of one run."""

    events: int
    seconds: float
    cpu_seconds: float
    results: int

    @property
    def rate(self) -> float:
        return self.events / self.cpu_seconds


RATIOS = [
    Ratio("two-steps", "flink-cep", 1.5),
    Ratio("two-steps", "match-recognize", 1.5),
    Ratio("two-steps", "python", 100),
    Ratio("two-steps", "python-unsorted", None),
    Ratio("two-steps", "source", 0.8),
    Ratio("two-steps-from-json", "source", 0.8),
    Ratio("comparing", "flink-cep", None),
    Ratio("many-open", "flink-cep", 50),
    Ratio("three-steps", "flink-cep", 1.5),
    Ratio("looping", "flink-cep", 1.5),
    Ratio("times", "flink-cep", 1.5),
    Ratio("aggregating", "flink-cep", 1.5),
    Ratio("aggregating", "match-recognize", 1.5),
    Ratio("rules-100", "flink-cep", 100),
    Ratio("rules-100-from-json", "source", 0.5),
    Ratio("rules-100", "source", None),
    Ratio("rules-1000-from-json", "source", 0.3),
    Ratio("rules-1000", "source", None),
    Ratio("rules-1000-by-5-keys-from-json", "source", None),
]

WORKS = {
    "two-steps": "2 steps, 10,000 keys",
    "two-steps-from-json": "2 steps, from JSON",
    "comparing": "2 steps, the 2nd compared with the 1st",
    "many-open": "one key, 500 partial matches open",
    "three-steps": "3 steps, 1,000 keys",
    "looping": "a looping step, 1,000 keys",
    "times": "times(3), 1,000 keys",
    "aggregating": "10 in a row, and one above their mean",
    "rules-100": "100 rules",
    "rules-100-from-json": "100 rules, from JSON",
    "rules-1000": "1,000 rules",
    "rules-1000-from-json": "1,000 rules, from JSON",
    "rules-1000-by-5-keys-from-json": "1,000 rules by 5 keys, from JSON",
}

PEERS = {
    "flink-cep": "flink-cep, DataStream of POJOs",
    "match-recognize": "MATCH_RECOGNIZE",
    "python": "Python KeyedProcessFunction",
    "python-unsorted": "Python, for sorted input only",
    "source": "source and key, no matching",
}

# By the parameters of the JMH benchmark: the work, and the events a second that are asked for.
MATCHER_WORKS = {
    ("TWO_STEPS",): ("two-steps", 3_000_000),
    ("MANY_OPEN",): ("many-open", 1_500_000),
    ("100",): ("rules-100", 700_000),
    ("1000",): ("rules-1000", 200_000),
}

# How a score is computed, with what bundle.size and arrow.batch.size.
PYTHON_WAYS = [
    ("sql", 1000, 1000),
    ("rows", 1000, 1000),
    ("rows-in-thread", 1000, 1000),
    *((way, size, size) for way in ("pandas", "pandas-fused") for size in (100, 1000, 10_000)),
    ("pandas", 1000, 100),
]

PYTHON_FUNCTIONS = {"python": "time", "python-unsorted": "arrival"}

# As many events as a peer gets through in some seconds.
SIZES = {
    OURS: Size(events=4_000_000, warmup=4_000_000),
    "source": Size(events=10_000_000, warmup=8_000_000),
    "flink-cep": Size(events=1_000_000, warmup=1_000_000),
    "match-recognize": Size(events=300_000, warmup=300_000),
    "python": Size(events=10_000, warmup=3_000),
    "python-unsorted": Size(events=40_000, warmup=10_000),
    ("two-steps", OURS): Size(events=10_000_000, warmup=8_000_000),
    ("two-steps-from-json", OURS): Size(events=1_500_000, warmup=1_500_000),
    ("two-steps-from-json", "source"): Size(events=1_500_000, warmup=1_500_000),
    ("many-open", "flink-cep"): Size(events=4_000, warmup=2_000),
    ("rules-100", OURS): Size(events=4_000_000, warmup=2_000_000),
    ("rules-100-from-json", OURS): Size(events=4_000_000, warmup=1_500_000),
    ("rules-100-from-json", "source"): Size(events=4_000_000, warmup=1_500_000),
    ("rules-100", "flink-cep"): Size(events=20_000, warmup=10_000),
    ("rules-1000", OURS): Size(events=1_500_000, warmup=1_000_000),
    ("rules-1000-from-json", OURS): Size(events=3_000_000, warmup=1_000_000),
    ("rules-1000-from-json", "source"): Size(events=3_000_000, warmup=1_500_000),
    ("rules-1000-by-5-keys-from-json", OURS): Size(events=500_000, warmup=500_000),
    ("rules-1000-by-5-keys-from-json", "source"): Size(events=1_500_000, warmup=1_500_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round, and a shorter one of the matcher")
    parser.add_argument(
        "--only", choices=[*WORKS, "matcher", "updates", "load", "python"], help="measure this alone"
    )
    arguments = parser.parse_args()

    OUT.mkdir(exist_ok=True)
    (OUT / "bench.log").write_text("")
    # Before all others are bound to a core.
    load = measure_load(OUT / "load", arguments.quick, progress) if arguments.only in (None, "load") else []
    report = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "core": use_one_core(),
        "flink": importlib.metadata.version("apache-flink"),
        "ratios": [
            ratio
            for work in WORKS
            if arguments.only in (None, work)
            for ratio in measure(work, rounds=1 if arguments.quick else 3)
        ],
        "matcher": list(measure_matcher(arguments.quick)) if arguments.only in (None, "matcher") else [],
        "updates": measure_updates() if arguments.only in (None, "updates") else None,
        "python": list(measure_python(arguments.quick)) if arguments.only in (None, "python") else [],
        "load": load,
    }
    (OUT / "bench.json").write_text(json.dumps(report, indent=2) + "\n")
    print_tables(report)


def use_one_core() -> int | None:
    """Binds this process, and those that it starts, to the last core that it may use."""
    if not hasattr(os, "sched_setaffinity"):
        progress("this system can't bind a process to a core: a run uses all of them")
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


# ---- jobs ---------------------------------------------------------------------------------------


def measure(work: str, rounds: int) -> Iterator[dict]:
    """Runs all peers of a work in turn, as many times as there are rounds."""
    wanted = [ratio for ratio in RATIOS if ratio.work == work]
    runs: dict[str, list[Run]] = {peer: [] for peer in (OURS, *(ratio.peer for ratio in wanted))}
    for number in range(rounds):
        for peer, done in runs.items():
            done.append(run(work, peer))
            progress(f"{work} {number + 1}/{rounds}: {peer} {done[-1].rate:,.0f} events/s")
    for ratio in wanted:
        ours, theirs = runs[OURS], runs[ratio.peer]
        ratios = [our.rate / their.rate for our, their in zip(ours, theirs, strict=True)]
        yield {
            "work": WORKS[work],
            "peer": PEERS[ratio.peer],
            "ours": spread(run.rate for run in ours),
            "theirs": spread(run.rate for run in theirs),
            "ratio": spread(ratios),
            "at_least": ratio.least,
            "met": ratio.least is None or statistics.median(ratios) >= ratio.least,
            "least_share_of_core": min(run.cpu_seconds / run.seconds for run in ours + theirs),
        }


def run(work: str, peer: str) -> Run:
    size = SIZES.get((work, peer)) or SIZES[peer]
    sizes = [str(size.warmup), str(size.events)]
    if peer in PYTHON_FUNCTIONS:
        arguments = ["-m", "benchmarks.python_function", PYTHON_FUNCTIONS[peer], *sizes]
        # The gateway's JVM takes what is in this variable onto its class path.
        printed = output([sys.executable, *arguments], HADOOP_CLASSPATH=str(JAR))
    else:
        printed = output([*java(), "org.pyflinkcep.benchmarks.Bench", peer, work, *sizes])
    return Run(**json.loads(printed.splitlines()[-1]))


def java() -> list[str]:
    """The command of a JVM with the Flink of the wheel, the runtime's jar and the benchmarks."""
    home = os.environ.get("JAVA_HOME")
    executable = str(Path(home, "bin", "java")) if home else shutil.which("java")
    flink = Path(importlib.util.find_spec("pyflink").origin).parent
    class_path = [
        JAR,
        JAR.parent / "lib" / "*",
        ROOT / "pyflink_cep" / "lib" / "*",
        flink / "lib" / "*",
    ]
    opened = [f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in ("lang", "time", "util")]
    memory = ["-Xms2g", "-Xmx2g"]
    return [executable, *memory, *opened, "-cp", os.pathsep.join(map(str, class_path))]


# ---- the matcher alone --------------------------------------------------------------------------


def measure_matcher(quick: bool) -> Iterator[dict]:
    """Runs JMH, and measures the heap that keys take."""
    result = OUT / "jmh.json"
    options = ["-f", "1", "-wi", "6"] if quick else []
    output([*java(), "org.openjdk.jmh.Main", "-rf", "json", "-rff", str(result), *options])
    for benchmark in json.loads(result.read_text()):
        work, at_least = MATCHER_WORKS[tuple(benchmark["params"].values())]
        heap = {}
        if work in ("two-steps", "many-open"):
            heap = json.loads(output([*java(), "org.pyflinkcep.benchmarks.HeapOfKeys", work]))
        rates = [rate for fork in benchmark["primaryMetric"]["rawData"] for rate in fork]
        yield {
            "work": WORKS[work],
            "events_per_second": spread(rates),
            "at_least": at_least,
            "met": statistics.median(rates) >= at_least,
            **heap,
        }


def measure_updates() -> dict:
    """Has 100 rules work as fast as they can, and one updated each second."""
    printed = output([*java(), "org.pyflinkcep.benchmarks.UpdateLatency", "5000000", "12"])
    return json.loads(printed.splitlines()[-1])


# ---- functions in Python ------------------------------------------------------------------------


def measure_python(quick: bool) -> Iterator[dict]:
    """Scores payments in each of the ways that PyFlink has."""
    for way, bundle, batch in PYTHON_WAYS:
        sizes = [str(bundle), str(batch), "200000" if quick else "1000000"]
        printed = output([sys.executable, "-m", "benchmarks.load.python_udf", way, *sizes])
        yield {"way": way, "bundle": bundle, "batch": batch, **json.loads(printed.splitlines()[-1])}
        progress(f"{way} {bundle} {batch}: {printed.splitlines()[-1]}")


# ---- output -------------------------------------------------------------------------------------


def output(command: list[str], **environment: str) -> str:
    with (OUT / "bench.log").open("a") as log:
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nfailed with exit code {done.returncode}: see {OUT / 'bench.log'}")
    return done.stdout


def spread(values: Iterable[float]) -> dict[str, float]:
    values = sorted(values)
    return {"median": statistics.median(values), "min": values[0], "max": values[-1]}


def print_tables(report: dict) -> None:
    columns = "{:<39} {:<36} {:>11} {:>11} {:>8} {:>17}  {}"
    print(columns.format("work", "against", "ours/s", "theirs/s", "ratio", "min..max", "at least"))
    for row in report["ratios"]:
        ratio = row["ratio"]
        print(
            columns.format(
                row["work"],
                row["peer"],
                f"{row['ours']['median']:,.0f}",
                f"{row['theirs']['median']:,.0f}",
                f"{ratio['median']:,.2f}",
                f"{ratio['min']:,.2f}..{ratio['max']:,.2f}",
                verdict(row, "{:g}x"),
            )
        )
    columns = "{:<39} {:>11} {:>24} {:>15}  {}"
    print()
    print(columns.format("the matcher alone", "events/s", "min..max", "bytes a key", "at least"))
    for row in report["matcher"]:
        rate = row["events_per_second"]
        print(
            columns.format(
                row["work"],
                f"{rate['median']:,.0f}",
                f"{rate['min']:,.0f}..{rate['max']:,.0f}",
                f"{row['bytes_per_key']:,.0f}" if "bytes_per_key" in row else "-",
                verdict(row, "{:,}"),
            )
        )

    updates = report["updates"]
    if updates:
        same = "the same" if updates["others_with"] == updates["others_without"] else "OTHERS"
        print(
            f"\nan update acts after {updates['median_ms']:.0f} ms, {updates['max_ms']:.0f} at most, under full load"
            f" ({updates['matched']} of {updates['updates']} updates); the other rules find {same}"
        )
    print_load(report["load"])
    print_python(report["python"])


def print_load(rows: list[dict]) -> None:
    """The main job: rates, and milliseconds to an alert, as written and as committed."""
    if not rows:
        return
    columns = "{:<18} {:>9} {:>11} {:>28} {:>6}  {}"
    print()
    heads = ("events/s", "by cpu", "us: Flink, Python, Kafka", "load", "at least")
    print(columns.format("the main job", *heads))
    for row in rows:
        highest, cpu = row["highest"], row["highest"]["cpu_us_per_event"]
        print(
            columns.format(
                row["variant"],
                f"{highest['events_per_second']:,.0f}",
                f"{highest['events_per_second_of_2_cores']:,.0f}",
                ", ".join(f"{cpu[part]:.0f}" for part in ("flink", "python", "kafka")),
                f"{highest['load_average']:.0f}",
                verdict(row, "{:,}"),
            )
        )
    columns = "{:<18} {:>9} {:>26} {:>26} {:>6} {:>6}"
    print()
    heads = ("events/s", "ms: p50, p95, p99", "committed", "cores", "load")
    print(columns.format("latency", *heads))
    for row in rows:
        for rate in row["at_rates"]:
            both = (rate["latency_ms"], rate["committed_latency_ms"])
            print(
                columns.format(
                    row["variant"] + (f", {rate['share']}" if rate["share"] else ""),
                    f"{rate['rate']:,.0f}",
                    *(", ".join(f"{value:,.0f}" for value in percentiles.values()) for percentiles in both),
                    f"{rate['cores']:.1f}",
                    f"{rate['load_average']:.0f}",
                )
            )


def print_python(rows: list[dict]) -> None:
    """Microseconds of processor time that the score of a payment takes."""
    if not rows:
        return
    columns = "{:<18} {:>12} {:>17} {:>9} {:>9} {:>6}"
    print()
    print(columns.format("a score by", "bundle.size", "arrow.batch.size", "us: JVM", "Python", "load"))
    for row in rows:
        figures = [f"{row[part]:.1f}" for part in ("jvm", "python")]
        print(columns.format(row["way"], row["bundle"], row["batch"], *figures, f"{row['load_average']:.0f}"))


def verdict(row: dict, style: str) -> str:
    if row["at_least"] is None:
        return "-"
    return f"{style.format(row['at_least'])} {'met' if row['met'] else 'MISSED'}"


def progress(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    return names[0].split(":")[1].strip() if names else platform.processor()


if __name__ == "__main__":
    main()
