"""Dead letters on a real broker: listed, shown, and replayed once each, whatever comes between."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from pyflink_cep import TargetError
from pyflink_cep._dead_letters.box import Filter
from pyflink_cep._dead_letters.letter import DeadLetter
from pyflink_cep._dead_letters.replay import Policy, Sender, replay
from pyflink_cep._publishing.kafka import Topic
from tests.cli.post import ANY, FAILED_AT, Post, Sent, coded
from tests.waiting import SECONDS

NOON = 1_740_999_600_000


@pytest.fixture
def post(kafka):
    return Post(kafka)


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

    def test_a_record_goes_back_as_it_was_to_its_last_header(self, post):
        twice = [("trace", b"t1"), ("", None), ("trace", b""), ("é", bytes([0, 255])), ("trace", None)]
        keys = [None, b"", b"k", bytes([0, 255])]
        values = [None, b"", b"v", bytes([0, 255])]
        records = [(key, value, headers) for key in keys for value in values for headers in ([], twice)]
        for number, (key, value, headers) in enumerate(records):
            post.producer.produce(post.payments, value, key, headers=headers, timestamp=NOON + number)
        assert post.producer.flush(30) == 0
        letters = [
            post.letter(
                offset,
                record_key=None if key is None else coded(key),
                payload=None if value is None else coded(value),
                payload_size=None if value is None else len(value),
                # As in a MAP of SQL, which has a name once.
                headers={name: header and coded(header) for name, header in headers},
            )
            for offset, (key, value, headers) in enumerate(records)
        ]
        # Another topic has been created in place of the one that this letter is of.
        letters.append(post.letter(0, record_key=coded(b"old"), payload=coded(b"old")) | {"id": "old"})
        post.write(*letters)

        post.replay()

        expected = [
            (key, value, [*headers, ("dead-letter-id", letter["id"].encode()), ("dead-letter-tries", b"1")])
            for (key, value, headers), letter in zip(records, letters[:-1], strict=True)
        ]
        sent = post.messages()[len(records) :]
        assert [found[:3] for found in sent if b"old" not in found] == expected
        assert [timestamp for key, _, _, timestamp in sent if key != b"old"] == [
            NOON + number for number in range(len(records))
        ]
        (old,) = [found for found in sent if found[0] == b"old"]
        assert old[1:3] == (
            b"old",
            [("trace", b"t1"), ("dead-letter-id", b"old"), ("dead-letter-tries", b"1")],
        )

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
        of_an_alert = post.letter(3, partition=None, payload=None, payload_size=5)
        post.write(post.letter(1), post.letter(2, tries=9), of_an_alert)

        assert post.replay(dry_run=True) == {1: "replayed", 2: "parked", 3: "lost"}
        assert (post.sent(), post.states()) == ([], {1: "open", 2: "open", 3: "open"})
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
                assert self._producer.flush(SECONDS) == 0
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
