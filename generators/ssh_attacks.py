"""Generate the log of an OpenSSH server under attack, for `jobs/ssh_attacks.py`.

Users log in over some days, and mistype their passwords now and then. Into that are put attacks of three kinds, and a
look-alike of each: who guesses slowly, who has forgotten a password, and who has forgotten a name. The same seed gives
the same bytes. All addresses are of the ranges that are kept for documentation.

Writes into a directory:
    auth.log     the log
    attacks.csv  kind, address; the kind is the id of the rule that looks for it

Run:    python -m generators.ssh_attacks --directory out/ssh_attacks
"""

from __future__ import annotations

import argparse
import csv
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

KINDS = ("brute-force", "success-after-failures", "user-enumeration")
START, DAYS = datetime(2025, 3, 3), 3
USERS = ("alice", "bob", "carol", "dave", "erin", "frank")
UNKNOWN = ("admin", "backup", "ftp", "guest", "jenkins", "oracle", "pi", "postgres", "test", "ubuntu", "www")


@dataclass
class Log:
    """Lines by the seconds since START, and the attacks among them."""

    rng: random.Random
    lines: list[tuple[float, str]] = field(default_factory=list)
    attacks: list[tuple[str, str]] = field(default_factory=list)
    hosts: int = 0

    def write(self, directory: Path) -> None:
        """Writes the files that the module's docstring lists."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "auth.log").write_text("".join(f"{line}\n" for line in self.in_order()))
        with (directory / "attacks.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("kind", "address"), *self.attacks])

    def in_order(self) -> list[str]:
        """The lines, each with its time."""
        return [
            f"{START + timedelta(seconds=second):%b %e %H:%M:%S} {line}"
            for second, line in sorted(self.lines)
        ]

    def add(
        self, second: float, address: str, user: str, *, accepted: bool = False, repeated: int = 0
    ) -> None:
        """Adds the lines of an attempt to log in, which may be one of several that the log tells of as one."""
        process = f"bastion sshd[{self.rng.randrange(1_000, 60_000)}]:"
        port = self.rng.randrange(30_000, 65_000)
        known = "" if user in USERS or user == "root" else "invalid user "
        if accepted:
            attempt = f"Accepted password for {user} from {address} port {port} ssh2"
            after = f"pam_unix(sshd:session): session opened for user {user} by (uid=0)"
        else:
            attempt = f"Failed password for {known}{user} from {address} port {port} ssh2"
            after = f"Connection closed by {address} [preauth]"
        if repeated:
            attempt = f"message repeated {repeated} times: [ {attempt}]"
        self.lines += [(second, f"{process} {attempt}"), (second + 1, f"{process} {after}")]

    def address(self, network: str = "203.0.113") -> str:
        """An address that nobody had before."""
        self.hosts += 1
        return f"{network}.{self.hosts}"

    def time(self) -> float:
        """Any second, whose hour isn't the last."""
        return self.rng.randrange(DAYS * 86_400 - 3_600)

    def spread(self, count: int, minutes: float) -> list[float]:
        """As many seconds within some minutes, in order; the first and last aren't the ends."""
        start = self.time()
        return sorted(start + self.rng.randrange(1, int(minutes * 60)) for _ in range(count))


def generate(each: int = 5, seed: int = 7) -> Log:
    """Makes the log.

    Args:
        each: how many attacks there are of each kind, and of their look-alikes; at most 30.
        seed: of everything that is drawn.
    """
    log = Log(random.Random(seed))
    homes = [log.address("198.51.100") for _ in USERS]
    for _ in range(DAYS * 40):
        user = log.rng.randrange(len(USERS))
        second = log.time()
        for mistake in range(log.rng.choice((0, 0, 0, 1, 2))):
            log.add(second - 30 + 10 * mistake, homes[user], USERS[user])
        log.add(second, homes[user], USERS[user], accepted=True)
    for _ in range(each):
        brute_force(log)
        success_after_failures(log)
        user_enumeration(log)
    return log


def brute_force(log: Log) -> None:
    """A dozen guesses for root in minutes; and as a look-alike, in hours."""
    attacker, slow = log.address(), log.address()
    for second in log.spread(7, minutes=4):
        log.add(second, attacker, "root")
    log.add(second + 2, attacker, "root", repeated=5)
    for place, second in enumerate(log.spread(12, minutes=1)):
        log.add(second + place * 600, slow, "root")
    log.attacks.append(("brute-force", attacker))


def success_after_failures(log: Log) -> None:
    """A guess that is right after some that aren't; and as a look-alike, who has mistyped it three times."""
    attacker, forgetful = log.address(), log.address()
    user = log.rng.choice(USERS)
    *failures, login = log.spread(8, minutes=8)
    for second in failures:
        log.add(second, attacker, user)
    log.add(login + 2, attacker, user, accepted=True)
    *failures, login = log.spread(4, minutes=8)
    for second in failures:
        log.add(second, forgetful, user)
    log.add(login + 2, forgetful, user, accepted=True)
    log.attacks.append(("success-after-failures", attacker))


def user_enumeration(log: Log) -> None:
    """Names that the server doesn't know; and as a look-alike, who tries variations of one."""
    attacker, confused = log.address(), log.address()
    for second, name in zip(log.spread(7, minutes=8), log.rng.sample(UNKNOWN, 7), strict=True):
        log.add(second, attacker, name)
    for place, second in enumerate(log.spread(6, minutes=8)):
        log.add(second, confused, ("alicia", "allice")[place % 2])
    log.attacks.append(("user-enumeration", attacker))


def main() -> None:
    """Parses the arguments, and writes the files."""
    parser = argparse.ArgumentParser(description="Generate the log of an OpenSSH server under attack.")
    parser.add_argument("--each", type=int, default=5, help="attacks of each kind")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--directory", type=Path, default=Path("out/ssh_attacks"))
    arguments = parser.parse_args()
    generate(arguments.each, arguments.seed).write(arguments.directory)


if __name__ == "__main__":
    main()
