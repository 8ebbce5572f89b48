"""Dead letters on a real broker: listed, shown, and replayed once each, whatever comes between."""

import base64
import json
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from pyflink_cep import TargetError
from pyflink_cep._dead_letters.box import Box, Filter
from pyflink_cep._dead_letters.letter import DeadLetter
from pyflink_cep._dead_letters.replay import Policy, Sender, replay
from pyflink_cep._publishing.kafka import Topic
from tests.cli.conftest import Ran

FAILED_AT = datetime(2025, 3, 3, 8, tzinfo=UTC)
POLICY = Policy(rate=1000, backoff=timedelta(), max_tries=5)
ANY = Filter()


class Sent(NamedTuple):
    """A record, as it was sent back."""

    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]
    partition: int


class Post:
    """A topic of payments, and one of dead letters of them."""

    def __init__(self, broker):
        name = uuid.uuid4().hex[:8]
        self.broker = broker
        self.payments = broker.create_topic(f"payments-{name}")
        self.topic = Topic(broker.address, broker.create_topic(f"dead-{name}"))
        self.producer = Producer({"bootstrap.servers": broker.address})

    def write(self, *letters):
        """Writes letters as a job does."""
        for letter in letters:
            self.put(self.topic.name, json.dumps(letter), letter["id"])

    def put(self, topic, value, key=None, headers=None):
        self.producer.produce(topic, value, key, headers=headers)
        assert self.producer.flush(30) == 0

    def letter(self, offset, **fields):
        fields = {
            "reason": "truncated",
            "error": "EOFException",
            "stack": "java.io.EOFException\n\tat Decoder.read",
            "topic": self.payments,
            "partition": 0,
            "offset": offset,
            "record_key": coded(f"c{offset}".encode()),
            "payload": coded(bytes([0, 255, offset])),
            "payload_size": 3,
            "headers": {"trace": coded(b"t1")},
            "tries": 0,
            "failed_at": (FAILED_AT + timedelta(minutes=offset)).isoformat(),
        } | fields
        return {"id": f"{fields['topic']}/{fields['partition']}/{offset}"} | fields

    def sent(self, topic=None):
        """The records that whoever reads only what is committed gets."""
        topic = topic or self.payments
        self.settle(topic)
        records = []
        with self.consumer("read_committed") as consumer:
            consumer.assign([TopicPartition(topic, 0, 0)])
            # A message without a value is false.
            while (message := consumer.poll(30)) is not None and not message.error():
                headers = dict(message.headers() or ())
                records.append(Sent(message.key(), message.value(), headers, message.partition()))
        assert message is not None
        return records

    def settle(self, topic):
        """Waits until transactions that have ended have done so in the topic, too."""
        partition = TopicPartition(topic, 0)
        with self.consumer("read_committed") as committed, self.consumer("read_uncommitted") as written:
            deadline = time.monotonic() + 30
            while committed.get_watermark_offsets(partition) != written.get_watermark_offsets(partition):
                assert time.monotonic() < deadline, "a transaction is still open"

    @contextmanager
    def consumer(self, level):
        consumer = Consumer(
            {
                "bootstrap.servers": self.broker.address,
                "group.id": "test",
                "enable.partition.eof": True,
                "isolation.level": level,
            }
        )
        try:
            yield consumer
        finally:
            consumer.close()

    def replay(self, which=ANY, policy=POLICY, **arguments):
        outcomes = replay(self.topic, which, policy, **arguments)
        return {outcome.letter.offset: outcome.outcome for outcome in outcomes}

    def states(self):
        self.settle(self.topic.name)
        return {entry.letter.offset: entry.state for entry in Box.read(self.topic).entries}


@pytest.fixture
def post(kafka):
    return Post(kafka)


def coded(value):
    return base64.b64encode(value).decode()


def of(offset, tries=1):
    """The record of the letter of an offset, after it was sent back."""
    return Sent(
        f"c{offset}".encode(),
        bytes([0, 255, offset]),
        {"trace": b"t1", "dead-letter-id": b"", "dead-letter-tries": str(tries).encode()},
        0,
    )


def without_id(records):
    return [record._replace(headers=record.headers | {"dead-letter-id": b""}) for record in records]


class TestReplay:
    def test_letters_go_back_as_they_came_with_a_number_of_the_try(self, post):
        post.write(post.letter(1), post.letter(2, tries=2))

        assert post.replay() == {1: "replayed", 2: "replayed"}
        assert without_id(post.sent()) == [of(1), of(2, tries=3)]
        assert post.sent()[0].headers["dead-letter-id"] == f"{post.payments}/0/1".encode()
        assert post.states() == {1: "replayed", 2: "replayed"}

    def test_what_was_replayed_is_not_sent_again(self, post):
        post.write(post.letter(1), post.letter(2))
        assert post.replay(Filter(ids=[post.letter(2)["id"]])) == {2: "replayed"}

        assert post.replay() == {1: "replayed"}
        assert post.replay() == {}
        assert without_id(post.sent()) == [of(2), of(1)]

    def test_a_letter_that_comes_back_is_open_again_with_its_tries(self, post):
        post.write(post.letter(1))
        post.replay()
        post.write(post.letter(1, tries=1))

        assert post.states() == {1: "open"}
        assert post.replay() == {1: "replayed"}
        assert without_id(post.sent()) == [of(1), of(1, tries=2)]

    def test_a_letter_waits_longer_after_each_try(self, post):
        waits = {tries: timedelta(minutes=minutes) for tries, minutes in enumerate([0, 1, 3, 7])}
        policy = Policy(rate=1, backoff=timedelta(minutes=1), max_tries=5)

        for tries, wait in waits.items():
            letter = DeadLetter.read(json.dumps(post.letter(0, tries=tries)).encode())
            assert policy.due_at(letter) == FAILED_AT + wait

    def test_letters_that_are_not_due_stay_open(self, post):
        soon = datetime.now(UTC).isoformat()
        post.write(post.letter(1, tries=1, failed_at=soon), post.letter(2, failed_at=soon))
        policy = Policy(rate=1000, backoff=timedelta(hours=1), max_tries=5)

        assert post.replay(policy=policy) == {2: "replayed", 1: "waiting"}
        assert without_id(post.sent()) == [of(2)]
        assert post.states() == {2: "replayed", 1: "open"}

    def test_a_letter_that_was_tried_often_enough_is_parked_as_it_is(self, post):
        parked = post.letter(1, tries=5)
        post.write(parked, post.letter(2, tries=4))

        assert post.replay() == {1: "parked", 2: "replayed"}
        assert without_id(post.sent()) == [of(2, tries=5)]
        parked_topic = f"{post.topic.name}.parked"
        assert [json.loads(record.value) for record in post.sent(parked_topic)] == [parked]
        assert post.states() == {1: "parked", 2: "replayed"}
        # It is a topic of dead letters too, from which one can be sent once its cause is mended.
        outcomes = replay(
            Topic(post.broker.address, parked_topic), ANY, Policy(rate=9, backoff=timedelta(), max_tries=6)
        )
        assert [outcome.outcome for outcome in outcomes] == ["replayed"]

    def test_a_record_whose_bytes_were_not_kept_is_taken_from_its_topic(self, post):
        post.put(post.payments, b"large", "k", {"trace": b"t2"})
        post.write(post.letter(0, payload=None, payload_size=5, record_key=None, headers=None))

        assert post.replay() == {0: "replayed"}
        assert without_id(post.sent())[1:] == [
            Sent(b"k", b"large", {"trace": b"t2", "dead-letter-id": b"", "dead-letter-tries": b"1"}, 0)
        ]

    def test_a_record_that_is_kept_no_more_is_lost_and_stays_open(self, post):
        post.put(post.payments, b"large")
        post.put(post.payments, b"small")
        admin = AdminClient({"bootstrap.servers": post.broker.address})
        first_kept = TopicPartition(post.payments, 0, 1)
        admin.delete_records([first_kept])[first_kept].result()
        post.write(
            post.letter(0, payload=None, payload_size=5),
            post.letter(7, payload=None, payload_size=5),
            post.letter(8, topic=None, partition=None),
            post.letter(9),
        )

        assert post.replay() == {0: "lost", 7: "lost", 8: "lost", 9: "replayed"}
        assert post.states() == {0: "open", 7: "open", 8: "open", 9: "replayed"}

    def test_a_tombstone_goes_back_as_one(self, post):
        post.write(post.letter(1, reason="tombstone", payload=None, payload_size=None))

        assert post.replay() == {1: "replayed"}
        assert [record.value for record in post.sent()] == [None]

    def test_another_topic_can_be_named(self, post):
        other = post.broker.create_topic(f"{post.payments}-again")
        post.write(post.letter(1))

        assert post.replay(policy=Policy(rate=9, backoff=timedelta(), max_tries=5, to=other)) == {
            1: "replayed"
        }
        assert (post.sent(), without_id(post.sent(other))) == ([], [of(1)])

    def test_a_dry_run_does_nothing(self, post):
        post.write(post.letter(1), post.letter(2, tries=9))

        assert post.replay(dry_run=True) == {1: "replayed", 2: "parked"}
        assert (post.sent(), post.states()) == ([], {1: "open", 2: "open"})
        assert (
            f"{post.topic.name}.parked"
            not in AdminClient({"bootstrap.servers": post.broker.address}).list_topics().topics
        )

    def test_no_more_are_sent_in_a_second_than_the_rate_allows(self, post):
        post.write(*map(post.letter, range(7)))
        pauses = []
        sent = []

        def pause(seconds):
            pauses.append(seconds)
            sent.append(len(post.sent()))

        post.replay(policy=Policy(rate=3, backoff=timedelta(), max_tries=5), pause=pause)

        assert sent == [3, 6, 7]
        assert all(0 < pause <= 1 for pause in pauses)


class Interrupted(BaseException):
    """As of Ctrl-C, or a process that is killed."""


class TestInterruption:
    def test_a_replay_that_is_interrupted_between_transactions_goes_on_where_it_was(self, post):
        post.write(*map(post.letter, range(5)))

        def interrupt(_):
            raise Interrupted

        with pytest.raises(Interrupted):
            post.replay(policy=Policy(rate=2, backoff=timedelta(), max_tries=5), pause=interrupt)

        assert without_id(post.sent()) == [of(0), of(1)]
        assert post.replay() == {2: "replayed", 3: "replayed", 4: "replayed"}
        assert without_id(post.sent()) == [of(offset) for offset in range(5)]

    @pytest.mark.parametrize("killed", [False, True])
    def test_what_was_sent_in_a_transaction_that_did_not_end_never_was(self, post, monkeypatch, killed):
        post.write(*map(post.letter, range(3)))

        produce = Sender._produce

        def interrupt(self, topic, **arguments):
            produce(self, topic, **arguments)
            if topic == post.payments and arguments["value"] == bytes([0, 255, 2]):
                assert self._producer.flush(30) == 0
                raise Interrupted

        with monkeypatch.context() as patched:
            patched.setattr(Sender, "_produce", interrupt)
            if killed:
                patched.setattr(Sender, "_abort", lambda self: None)
            with pytest.raises(Interrupted):
                post.replay()

        assert post.replay() == {0: "replayed", 1: "replayed", 2: "replayed"}
        assert without_id(post.sent()) == [of(0), of(1), of(2)]

    def test_of_two_at_once_the_later_goes_on_and_the_earlier_ends(self, post):
        post.write(*map(post.letter, range(4)))
        later = []

        def pause(_):
            if not later:
                later.append(post.replay())

        with pytest.raises(TargetError) as raised:
            post.replay(policy=Policy(rate=2, backoff=timedelta(), max_tries=5), pause=pause)

        assert [(d.code, d.hint) for d in raised.value.diagnostics] == [
            ("fenced", "run the command again: what was sent is not sent twice")
        ]
        assert later == [{2: "replayed", 3: "replayed"}]
        assert without_id(post.sent()) == [of(0), of(1), of(2), of(3)]

    def test_what_kafka_refuses_stays_open(self, post):
        narrow = post.broker.create_topic(f"{post.payments}-narrow", max_message_bytes="300")
        large = {"topic": narrow, "payload": coded(bytes(1000)), "payload_size": 1000}
        post.write(post.letter(1), post.letter(2, **large))

        with pytest.raises(TargetError) as raised:
            post.replay()

        (diagnostic,) = raised.value.diagnostics
        assert (diagnostic.code, diagnostic.location, diagnostic.hint) == (
            "not-confirmed",
            str(post.topic),
            "run the command again: what was sent is not sent twice",
        )
        assert "Broker: Message size too large" in diagnostic.message
        assert (post.sent(), post.states()) == ([], {1: "open", 2: "open"})
        assert post.replay(Filter(topic=post.payments)) == {1: "replayed"}

    def test_a_topic_that_there_is_not_is_an_error_before_anything_is_sent(self, post):
        post.write(post.letter(1), post.letter(2, topic="no-such-topic"))

        with pytest.raises(TargetError) as raised:
            post.replay()

        assert str(raised.value) == (
            f"kafka://{post.broker.address}/no-such-topic: error[unknown-topic]: there is no topic `no-such-topic`"
        )
        assert (post.sent(), post.states()) == ([], {1: "open", 2: "open"})


class TestCommand:
    def test_list_shows_what_is_open(self, post, run):
        post.write(post.letter(2, tries=1), post.letter(1, reason="amount: negative"), post.letter(3))
        post.put(post.topic.name, "{}")
        post.replay(Filter(ids=[post.letter(3)["id"]]))
        post.settle(post.topic.name)

        assert run(f"dead-letters list {post.topic}") == Ran(
            0,
            f"2025-03-03 08:01:00  {post.payments}/0/1  open      amount: negative\n"
            f"2025-03-03 08:02:00  {post.payments}/0/2  open      truncated, after 1 try\n"
            "\n2 dead letters\n",
            "hint: 1 message of the topic are no dead letters: 0/3\n",
        )
        assert run(f"dead-letters list {post.topic} --all --reason trunc*").stdout == (
            f"2025-03-03 08:02:00  {post.payments}/0/2  open      truncated, after 1 try\n"
            f"2025-03-03 08:03:00  {post.payments}/0/3  replayed  truncated\n"
            "\n2 dead letters\n"
        )

    @pytest.mark.parametrize(
        ("options", "offsets"),
        [
            ("--since 2025-03-03T08:02:00", [2, 3]),
            ("--until 2025-03-03T08:02:00", [1]),
            ("--topic other", [3]),
            ("--reason amount*", [2]),
            ("--reason amount", []),
        ],
    )
    def test_list_filters(self, post, run, options, offsets):
        post.write(post.letter(1), post.letter(2, reason="amount: negative"), post.letter(3, topic="other"))

        listed = json.loads(run(f"dead-letters list {post.topic} {options} --format json").stdout)

        assert [letter["offset"] for letter in listed["letters"]] == offsets

    def test_list_as_json_has_all_but_payload_and_stack(self, post, run):
        post.write(post.letter(1))

        letter = post.letter(1)
        del letter["payload"], letter["stack"]
        assert json.loads(run(f"dead-letters list {post.topic} --format json").stdout) == {
            "letters": [{"state": "open", **letter}],
            "strangers": [],
        }

    def test_show_shows_bytes_as_text_where_they_are_some(self, post, run):
        post.write(
            post.letter(1, payload=coded('{"amount": "é"}'.encode()), payload_size=16, headers=None, tries=2),
            post.letter(2),
        )

        assert run(f"dead-letters show {post.topic} {post.payments}/0/1") == Ran(
            0,
            f"""\
{post.payments}/0/1
  state      open, 2 tries
  reason     truncated
  error      EOFException
  failed at  2025-03-03 08:01:00
  record of  {post.payments}, partition 0, offset 1

key
  c1

payload, 16 bytes
  {{"amount": "é"}}

stack
  java.io.EOFException
    at Decoder.read
""",
        )
        assert (
            "\nheader trace\n  t1\n\npayload, 3 bytes\n  0000  00 ff 02 "
            in run(f"dead-letters show {post.topic} {post.payments}/0/2").stdout
        )
        assert json.loads(
            run(f"dead-letters show {post.topic} {post.payments}/0/2 --format json").stdout
        ) == {"state": "open", **post.letter(2)}

    def test_show_says_of_an_unknown_letter_which_there_are(self, post, run):
        post.write(post.letter(1))

        assert run(f"dead-letters show {post.topic} {post.payments}/0/2") == Ran(
            1,
            "",
            f"{post.payments}/0/2: error[unknown-letter]: there is no dead letter `{post.payments}/0/2`\n\n"
            f"hint: did you mean `{post.payments}/0/1`? The newest: `{post.payments}/0/1`\n",
        )

    def test_replay_says_what_became_of_each(self, post, run):
        soon = datetime.now(UTC).replace(microsecond=0)
        post.write(
            post.letter(1),
            post.letter(2, tries=5),
            post.letter(3, payload=None),
            post.letter(4, tries=1, failed_at=soon.isoformat()),
        )
        expected = (
            f"{post.payments}/0/1  replayed  to {post.payments}, try 1\n"
            f"{post.payments}/0/2  parked    to {post.topic.name}.parked\n"
            f"{post.payments}/0/3  {{}}\n"
            f"{post.payments}/0/4  waiting   until {soon + timedelta(hours=1):%Y-%m-%d %H:%M:%S}\n\n"
        )

        assert run(f"dead-letters replay {post.topic} --backoff 1h --dry-run") == Ran(
            0,
            expected.format(f"replayed  to {post.payments}, try 1")
            + "2 replayed, 1 parked, 1 waiting; nothing was sent, as of --dry-run\n",
        )
        assert run(f"dead-letters replay {post.topic} --backoff 1h") == Ran(
            1,
            expected.format("lost      the record's bytes are to be had no more")
            + "1 replayed, 1 parked, 1 lost, 1 waiting\n",
        )
        assert json.loads(run(f"dead-letters replay {post.topic} --backoff 0s --format json").stdout) == {
            "dry_run": False,
            "letters": [
                {
                    "id": f"{post.payments}/0/{offset}",
                    "outcome": outcome,
                    "to": to,
                    "reason": "truncated",
                    "tries": tries,
                    "due_at": None,
                }
                for offset, outcome, to, tries in [(3, "lost", None, 0), (4, "replayed", post.payments, 1)]
            ],
        }
        assert run(f"dead-letters replay {post.topic} --reason none") == Ran(0, "no open dead letter\n")

    def test_replay_of_a_letter_that_there_is_not_is_an_error(self, post, run):
        post.write(post.letter(1))

        ran = run(f"dead-letters replay {post.topic} {post.payments}/0/9")

        assert (ran.exit_code, ran.stdout) == (1, "")
        assert ran.stderr.startswith(f"{post.payments}/0/9: error[unknown-letter]: ")

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("list letters", "`letters` is no topic"),
            ("replay kafka://h:1/t --backoff soon", "`soon` is not a duration"),
            ("replay kafka://h:1/t --rate 0", "Input should be greater than or equal to 0.01"),
        ],
    )
    def test_a_wrong_call_is_one(self, run, line, said):
        ran = run(f"dead-letters {line}")

        assert (ran.exit_code, ran.stdout) == (2, "")
        assert said in " ".join(ran.stderr.replace("│", " ").split())

    def test_a_broker_that_doesnt_answer_is_an_error(self, run, monkeypatch):
        monkeypatch.setattr("pyflink_cep._dead_letters.replay._SECONDS", 0.5)

        ran = run("dead-letters replay kafka://127.0.0.1:1/letters")

        assert (ran.exit_code, ran.stdout) == (1, "")
        assert ran.stderr.startswith("kafka://127.0.0.1:1/letters: error[no-transactions]: ")

    def test_the_clients_settings_come_from_a_file(self, post, run, directory, monkeypatch):
        monkeypatch.setattr("pyflink_cep._publishing.kafka._SECONDS", 0.5)
        (directory / "client.properties").write_text("security.protocol=SSL\n")

        ran = run(f"dead-letters list {post.topic} --kafka-config client.properties")

        assert (ran.exit_code, ran.stdout) == (1, "")
        assert "error[kafka-unreachable]" in ran.stderr
