"""What a job said of the rules that it began with, and of updates: the rows of its status output."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from pyflink_cep._publishing.directory import Directory, data_files
from pyflink_cep.errors import Diagnostic, InputError, PatternError, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyflink_cep._publishing.history import History
    from pyflink_cep._publishing.kafka import Topic

_UPDATES = {"accepted", "replaced", "retired", "unchanged", "rejected"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row of the status output.

    Attributes:
        rule_id: The rule; None of an update that names none.
        version: The version of the update, if it has one.
        outcome: In a word.
        message: In a sentence.
        errors: What is wrong with the update.
        at: When, or None.
    """

    rule_id: str | None
    version: int | None
    outcome: str
    message: str
    errors: tuple[Diagnostic, ...]
    at: datetime | None

    @classmethod
    def read(cls, line: str | bytes, location: str) -> Self:
        """Reads a row, as Flink's JSON format writes it.

        Raises:
            InputError: It is no such row.
        """
        try:
            row = json.loads(line)
            errors = json.loads(row.get("errors") or "[]")
            return cls(
                rule_id=row.get("rule_id"),
                version=row.get("rule_version"),
                outcome=row["outcome"],
                message=row.get("message") or "",
                errors=PatternError.from_json(json.dumps(errors)).diagnostics,
                at=None if row.get("at") is None else _instant(row["at"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                Diagnostic(
                    code="not-a-status",
                    location=location,
                    message=f"expected a row of a job's status output as JSON, found {_shortened(line)}",
                    hint="columns: rule_id, rule_version, outcome, message, errors, at",
                )
            ) from error

    @property
    def is_of_update(self) -> bool:
        """Whether it tells how a version came to the job, rather than of a rule at work."""
        return self.outcome in _UPDATES


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """What became of a rule.

    Attributes:
        rule_id: The rule; None for the updates that name none.
        outcomes: What the job said of it, newest last.
    """

    rule_id: str | None
    outcomes: Sequence[Outcome]

    @property
    def present(self) -> Outcome | None:
        """The outcome that made the version that the job has now; None where it never accepted one."""
        accepted = [o for o in self.outcomes if o.is_of_update and o.outcome != "rejected"]
        return accepted[-1] if accepted else None

    @property
    def is_left_out(self) -> bool:
        """Whether the job was restored with columns that the present version doesn't fit, and goes on without it."""
        told = [
            o
            for o in self.outcomes
            if o.outcome == "left_out" or (o.is_of_update and o.outcome != "rejected")
        ]
        return bool(told) and told[-1].outcome == "left_out"

    @property
    def is_rejected(self) -> bool:
        """Whether the newest update of the rule was rejected, so that an older version is at work.

        A job that is started anew reads all that was ever published, in any order, and rejects what is older than
        what it has read already. That is no news.
        """
        updates = [outcome for outcome in self.outcomes if outcome.is_of_update]
        if self.rule_id is None or not updates or updates[-1].outcome != "rejected":
            return False
        present, rejected = self.present, updates[-1].version
        return present is None or present.version is None or rejected is None or rejected >= present.version

    def is_news(self, outcome: Outcome) -> bool:
        """Whether it still matters what an outcome says: a rejected update is settled by a later one."""
        if self.rule_id is None or outcome.outcome != "rejected":
            return True
        return self.is_rejected and outcome is [o for o in self.outcomes if o.is_of_update][-1]


def read_outcomes(source: Directory | Topic) -> list[RuleStatus]:
    """What a job said, by rule.

    Args:
        source: The directory that Flink's filesystem sink writes, or the topic.

    Returns:
        The rules in the order of their ids; updates that name no rule come first.

    Raises:
        TargetError: The directory or topic doesn't exist, or can't be read.
        InputError: A row is not one of a status output.
    """
    rows = [Outcome.read(line, location) for location, line in _lines(source)]
    rows.sort(key=lambda row: row.at or datetime.min.replace(tzinfo=UTC))
    by_rule: dict[str | None, list[Outcome]] = {}
    for row in rows:
        by_rule.setdefault(row.rule_id, []).append(row)
    # Updates that name no rule come first.
    return [
        RuleStatus(rule_id, by_rule[rule_id]) for rule_id in sorted(by_rule, key=lambda known: known or "")
    ]


def unanswered(history: History, statuses: Iterable[RuleStatus]) -> dict[str, int]:
    """The published versions that a job has said nothing of: ids to versions. Only the present ones count."""
    answered = {
        (status.rule_id, outcome.version)
        for status in statuses
        for outcome in status.outcomes
        if outcome.is_of_update
    }
    present = {rule_id: versions[-1].version for rule_id, versions in sorted(history.items()) if versions}
    return {rule_id: version for rule_id, version in present.items() if (rule_id, version) not in answered}


def _lines(source: Directory | Topic) -> Iterator[tuple[str, bytes]]:
    if not isinstance(source, Directory):
        for number, (_, value) in enumerate(source.messages(), 1):
            if value is not None:
                yield f"{source}, message {number}", value
        return
    if not source.path.is_dir():
        raise TargetError(
            Diagnostic(
                code="missing-directory",
                location=str(source.path),
                message="there is no such directory",
                hint="it is where the job's status output is written to;"
                " there is none before the job has begun its rules",
            )
        )
    for file in data_files(source.path):
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            if line.strip():
                yield f"{file}:{number}", line


def _instant(text: str) -> datetime:
    """A TIMESTAMP_LTZ, which Flink writes as `2024-05-01 09:00:00.5Z`, or with a T."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _shortened(line: str | bytes) -> str:
    text = line.decode(errors="replace") if isinstance(line, bytes) else line
    return repr(text if len(text) <= 60 else f"{text[:60]}…")
