"""Lets the parts of the card_fraud job fail while payments go through it, and checks that nothing is lost or doubled.

Run:  python -m tests.chaos --payments 500000 --failures 20 --seed 1

Each kind of failure comes as often as the others; the seed decides the order, and what else is random. `make chaos`
calls this; tests/e2e/test_chaos.py is a short form. With --minutes, runs of other seeds follow until the time is up.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from deploy.local.cluster import NotReachedError
from tests.chaos.run import run


def main() -> int:
    """Parses the arguments; 1 where something was lost, doubled, or did not recover."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.split("\n")[0])
    parser.add_argument("--payments", type=int, default=500_000)
    parser.add_argument("--failures", type=int, default=21)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=0, help="how long to go on with further seeds")
    arguments = parser.parse_args()
    end = time.monotonic() + 60 * arguments.minutes
    seed = arguments.seed
    while True:
        directory = Path(tempfile.mkdtemp(prefix=f"pyflink-cep-chaos-{seed}-"))
        print(f"seed {seed}, in {directory}", flush=True)
        try:
            found = run(
                directory,
                arguments.payments,
                arguments.failures,
                seed,
                say=lambda line: print(line, flush=True),
            )
        except NotReachedError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        print(*found, sep="\n", flush=True)
        if not all(place.is_exact for place in found):
            return 1
        seed += 1
        if time.monotonic() >= end:
            return 0


if __name__ == "__main__":
    sys.exit(main())
