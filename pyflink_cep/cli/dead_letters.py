"""`pyflink-cep dead-letters`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from pyflink_cep._dead_letters.box import Box, Entry, Filter, whole
from pyflink_cep._dead_letters.replay import Policy, Replayed
from pyflink_cep._dead_letters.replay import replay as replay_letters
from pyflink_cep._duration import parse_duration
from pyflink_cep._publishing.kafka import Topic
from pyflink_cep._schemas.registry import Registry
from pyflink_cep.cli.console import FINDING, counted, labelled, print_json, say, stdout
from pyflink_cep.cli.options import Format, KafkaConfig, OutputFormat, RegistryConfig, registry_of, target_of
from pyflink_cep.errors import CepError, InputError

DeadLetterTopic = Annotated[
    str, typer.Argument(metavar="TOPIC", help="The topic of dead letters: kafka://HOST:PORT/TOPIC.")
]
Reason = Annotated[
    str | None, typer.Option("--reason", help="Only those of this reason; `*` stands for anything.")
]
Source = Annotated[
    str | None, typer.Option("--topic", metavar="TOPIC", help="Only those whose record is of this topic.")
]
Since = Annotated[
    datetime | None,
    typer.Option("--since", metavar="TIME", help="Only those that failed at that time or later, in UTC."),
]
Until = Annotated[
    datetime | None,
    typer.Option("--until", metavar="TIME", help="Only those that failed before that time, in UTC."),
]

_STYLES = {"replayed": "green", "parked": "yellow", "lost": "bold red", "waiting": "dim", "open": "bold"}
_DUMP_WIDTH = 16
_DUMP_BYTES = 1024


def list_letters(
    topic: DeadLetterTopic,
    reason: Reason = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    all_states: Annotated[
        bool, typer.Option("--all", help="Those that were replayed or parked as well.")
    ] = False,
    kafka_config: KafkaConfig = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """List the records that a job could not parse, validate or deliver, and that are still open.

    Example: pyflink-cep dead-letters list kafka://localhost:9092/card_fraud.dead_letters --reason 'amount*'
    """
    box = Box.read(_topic(topic, kafka_config))
    which = _filter((), reason, source, since, until)
    entries = [
        entry for entry in box.entries if which.takes(entry.letter) and (all_states or entry.state == "open")
    ]
    if output is Format.JSON:
        print_json({"letters": [_summary_json(entry) for entry in entries], "strangers": box.strangers})
    else:
        _print_list(entries)
    if box.strangers:
        places = ", ".join(box.strangers[:5])
        say(
            f"hint: no dead letters, though in the topic: {counted(len(box.strangers), 'message')}, at {places}"
        )


def show(
    topic: DeadLetterTopic,
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The letter's id, as `list` shows it.")],
    registry: Annotated[
        str | None,
        typer.Option(
            "--registry",
            metavar="URL",
            help="Decode the record's Avro as well, by the schemas of this registry.",
        ),
    ] = None,
    registry_config: RegistryConfig = None,
    kafka_config: KafkaConfig = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Show a dead letter as a whole: why it is one, where it came from, its headers and its bytes.

    Example: pyflink-cep dead-letters show kafka://localhost:9092/card_fraud.dead_letters card_fraud.payments/0/7
    """
    letters = _topic(topic, kafka_config)
    entry = Box.read(letters).entry(letter_id)
    entry, _ = next(whole(letters, [entry]))
    record = (
        None if registry is None else _record(entry.letter.payload, registry_of(registry, registry_config))
    )
    if output is Format.JSON:
        added = {} if registry is None else {"record": record}
        print_json({"state": entry.state, **entry.letter.to_json(), **added})
    else:
        _print_letter(entry, record)


def replay(
    topic: DeadLetterTopic,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="The letters; without any, all that are open."),
    ] = None,
    reason: Reason = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="TOPIC", help="Send them to this topic, not to where they came from."),
    ] = None,
    rate: Annotated[
        float, typer.Option("--rate", min=0.01, help="How many are sent in a second at most.")
    ] = 100,
    backoff: Annotated[
        str,
        typer.Option(
            "--backoff",
            metavar="TIME",
            help="How long a letter waits that was replayed once; then three times as long, seven times, and so on.",
        ),
    ] = "1 min",
    max_tries: Annotated[
        int, typer.Option("--max-tries", min=0, help="A letter that was replayed as often is parked.")
    ] = 5,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    kafka_config: KafkaConfig = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Send dead letters back to the topic that they came from, each once.

    What is interrupted can be run again. A letter that fails again comes back with one try more; one that was tried
    often enough is parked in the topic of the same name with `.parked` behind it.

    Example: pyflink-cep dead-letters replay kafka://localhost:9092/card_fraud.dead_letters --rate 50 --dry-run
    """
    outcomes = replay_letters(
        _topic(topic, kafka_config),
        _filter(ids or (), reason, source, since, until),
        Policy(rate=rate, backoff=_duration(backoff), max_tries=max_tries, to=to),
        dry_run=dry_run,
    )
    if output is Format.JSON:
        print_json({"dry_run": dry_run, "letters": [_outcome_json(outcome) for outcome in outcomes]})
    else:
        _print_outcomes(outcomes, dry_run=dry_run)
    if any(outcome.outcome == "lost" for outcome in outcomes):
        raise typer.Exit(FINDING)


def _record(payload: bytes | None, registry: Registry) -> Any:
    """The record that a payload is, as plain data, or a text that says why it is none; None without a payload."""
    if payload is None:
        return None
    try:
        return json.loads(json.dumps(registry.decode(payload), default=str))
    except InputError as error:
        return f"not to be decoded: {error.diagnostics[0].message}"


def _topic(name: str, kafka_config: Path | None) -> Topic:
    target = target_of(name, kafka_config, "TOPIC")
    if not isinstance(target, Topic):
        raise typer.BadParameter(
            f"`{name}` is no topic\n\nhint: expected kafka://HOST:PORT/TOPIC", param_hint="TOPIC"
        )
    return target


def _filter(
    ids: Sequence[str],
    reason: str | None,
    source: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Filter:
    return Filter(
        ids=ids,
        reason=reason,
        topic=source,
        since=since and since.replace(tzinfo=UTC),
        until=until and until.replace(tzinfo=UTC),
    )


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text, "--backoff")
    except CepError as error:
        raise typer.BadParameter(error.diagnostics[0].message, param_hint="--backoff") from error


def _print_list(entries: Sequence[Entry]) -> None:
    console = stdout()
    longest = max((len(entry.letter.id) for entry in entries), default=0)
    for entry in entries:
        letter = entry.letter
        line = Text(f"{_time(letter.failed_at)}  {letter.id:{longest}}  ")
        line.append(f"{entry.state:8}", _STYLES[entry.state])
        line.append(f"  {letter.reason}")
        if letter.tries:
            line.append(f", after {counted(letter.tries, 'try', 'tries')}")
        console.print(line, soft_wrap=True)
    if entries:
        console.print()
    console.print(Text(counted(len(entries), "dead letter"), "bold"), soft_wrap=True)


def _print_letter(entry: Entry, record: Any) -> None:
    letter = entry.letter
    console = stdout()
    console.print(Text(letter.id, "bold"), soft_wrap=True)
    place = "" if letter.partition is None else f", partition {letter.partition}, offset {letter.offset}"
    rows = [
        ("state", f"{entry.state}, {counted(letter.tries, 'try', 'tries')}"),
        ("reason", letter.reason),
        ("error", letter.error or ""),
        ("failed at", _time(letter.failed_at)),
        ("record of", f"{letter.topic or 'no topic'}{place}"),
    ]
    console.print(labelled([(label, value) for label, value in rows if value], 10_000), soft_wrap=True)
    for label, value in [("key", letter.key), *((f"header {n}", h) for n, h in letter.headers.items())]:
        if value is not None:
            console.print(Text(f"\n{label}"), soft_wrap=True)
            console.print(_shown(value), soft_wrap=True)
    size = "no value" if letter.size is None else counted(letter.size, "byte")
    console.print(Text(f"\npayload, {size}{', not kept' if letter.lacks_payload else ''}"), soft_wrap=True)
    if letter.payload is not None:
        console.print(_shown(letter.payload), soft_wrap=True)
    if record is not None:
        console.print(Text("\nrecord"), soft_wrap=True)
        text = record if isinstance(record, str) else json.dumps(record, indent=2, ensure_ascii=False)
        console.print(_indented(text), soft_wrap=True)
    if letter.stack:
        console.print(Text("\nstack"), soft_wrap=True)
        console.print(_indented(letter.stack.expandtabs(2)), soft_wrap=True)


def _shown(value: bytes) -> Text:
    """Bytes as text, where they are some, else as numbers."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return _dump(value)
    if all(character.isprintable() or character in "\n\t" for character in text):
        return _indented(text)
    return _dump(value)


def _indented(text: str) -> Text:
    return Text("\n".join(f"  {line}" for line in text.splitlines()))


def _dump(value: bytes) -> Text:
    """Bytes as hexadecimal numbers, beside what of them is text.

    Example:
        >>> print(_dump(bytes(4) + b"payment"))
          0000  00 00 00 00 70 61 79 6d 65 6e 74                 ....payment
    """
    lines = []
    for start in range(0, min(len(value), _DUMP_BYTES), _DUMP_WIDTH):
        row = value[start : start + _DUMP_WIDTH]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        lines.append(f"  {start:04x}  {row.hex(' '):{3 * _DUMP_WIDTH - 1}}  {text}")
    if len(value) > _DUMP_BYTES:
        lines.append(f"  … and {counted(len(value) - _DUMP_BYTES, 'byte')} more: see --format json")
    return Text("\n".join(lines))


def _print_outcomes(outcomes: Sequence[Replayed], *, dry_run: bool) -> None:
    console = stdout()
    longest = max((len(outcome.letter.id) for outcome in outcomes), default=0)
    for outcome in outcomes:
        line = Text(f"{outcome.letter.id:{longest}}  ")
        line.append(f"{outcome.outcome:8}", _STYLES[outcome.outcome])
        if outcome.to is not None:
            line.append(f"  to {outcome.to}")
            if outcome.outcome == "replayed":
                line.append(f", try {outcome.letter.tries + 1}")
        elif outcome.due_at is not None:
            line.append(f"  until {_time(outcome.due_at)}")
        else:
            line.append("  the record's bytes are to be had no more")
        console.print(line, soft_wrap=True)
    if outcomes:
        console.print()
    counts = {name: sum(outcome.outcome == name for outcome in outcomes) for name in _STYLES}
    summary = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    end = "; nothing was sent, as of --dry-run" if dry_run else ""
    console.print(Text(f"{summary or 'no open dead letter'}{end}", "bold"), soft_wrap=True)


def _summary_json(entry: Entry) -> dict[str, Any]:
    letter = entry.letter.to_json()
    return {
        "state": entry.state,
        **{key: value for key, value in letter.items() if key not in ("payload", "stack")},
    }


def _outcome_json(outcome: Replayed) -> dict[str, Any]:
    return {
        "id": outcome.letter.id,
        "outcome": outcome.outcome,
        "to": outcome.to,
        "reason": outcome.letter.reason,
        "tries": outcome.letter.tries,
        "due_at": outcome.due_at and outcome.due_at.isoformat(),
    }


def _time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
