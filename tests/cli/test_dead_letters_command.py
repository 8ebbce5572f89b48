"""The command `dead-letters`, on whole outputs."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from generators.card_fraud_topics import encoded
from pyflink_cep._dead_letters.box import Filter
from tests.cli.conftest import Ran
from tests.cli.post import Post, coded


@pytest.fixture
def post(kafka):
    return Post(kafka)


def test_list_shows_what_is_open(post, run):
    post.write(post.letter(2, tries=1), post.letter(1, reason="amount: negative"), post.letter(3))
    post.put(post.topic.name, "{}")
    post.replay(Filter(ids=[post.letter(3)["id"]]))
    post.settle(post.topic.name)

    assert run(f"dead-letters list {post.topic}") == Ran(
        0,
        f"2025-03-03 08:01:00  {post.payments}/0/1  open      amount: negative\n"
        f"2025-03-03 08:02:00  {post.payments}/0/2  open      truncated, after 1 try\n"
        "\n2 dead letters\n",
        "hint: no dead letters, though in the topic: 1 message, at 0/3\n",
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
def test_list_filters(post, run, options, offsets):
    post.write(post.letter(1), post.letter(2, reason="amount: negative"), post.letter(3, topic="other"))

    listed = json.loads(run(f"dead-letters list {post.topic} {options} --format json").stdout)

    assert [letter["offset"] for letter in listed["letters"]] == offsets


def test_list_as_json_has_all_but_payload_and_stack(post, run):
    post.write(post.letter(1))

    letter = post.letter(1)
    del letter["payload"], letter["stack"]
    assert json.loads(run(f"dead-letters list {post.topic} --format json").stdout) == {
        "letters": [{"state": "open", **letter}],
        "strangers": [],
    }


def test_show_shows_bytes_as_text_where_they_are_some(post, run):
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
    assert json.loads(run(f"dead-letters show {post.topic} {post.payments}/0/2 --format json").stdout) == {
        "state": "open",
        **post.letter(2),
    }


def test_show_decodes_a_record_by_the_schemas_of_a_registry(post, run, registry):
    paid = {"payment_id": "p1", "paid_at": "2025-03-03T08:00:00.250Z", "card_id": "c1", "amount": 12.5}
    others = dict.fromkeys(["customer_id", "terminal_id", "merchant_id", "currency"], "x")
    ((_, whole),) = encoded("payments", [json.dumps(paid | others)], registry.url)
    post.write(
        *(
            post.letter(n, payload=coded(part))
            for n, part in enumerate([whole, whole[:20], b"\0\xff\xff\xff\xffx"])
        )
    )

    def record(n):
        shown = run(
            f"dead-letters show {post.topic} {post.payments}/0/{n} --registry {registry.url} --format json"
        )
        return json.loads(shown.stdout)["record"]

    assert record(0) == {
        **paid,
        **others,
        "paid_at": "2025-03-03 08:00:00.250000+00:00",
        "amount": "12.50",
        "latitude": None,
        "longitude": None,
        "fraud": None,
    }
    assert record(1).startswith("not to be decoded: EOFError")
    assert record(2).startswith("not to be decoded: SchemaRegistryError: ")
    shown = run(f"dead-letters show {post.topic} {post.payments}/0/0 --registry {registry.url}").stdout
    assert '\n\nrecord\n  {\n    "payment_id": "p1",\n' in shown


def test_show_says_that_a_registry_does_not_answer(post, run):
    post.write(post.letter(1, payload=coded(b"\0\0\0\0\1x")))

    shown = run(f"dead-letters show {post.topic} {post.payments}/0/1 --registry http://127.0.0.1:9")

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.startswith(
        "http://127.0.0.1:9: error[registry-unreachable]: the registry doesn't answer"
    )


def test_show_says_that_a_registry_refuses_the_client(post, run):
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(401)

        def log_message(self, *_):
            pass

    post.write(post.letter(1, payload=coded(b"\0\0\0\0\1x")))
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        shown = run(f"dead-letters show {post.topic} {post.payments}/0/1 --registry {url}")
        server.shutdown()

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.startswith(f"{url}: error[registry-error]: ")


def test_show_says_of_an_unknown_letter_which_there_are(post, run):
    post.write(post.letter(1))

    assert run(f"dead-letters show {post.topic} {post.payments}/0/2") == Ran(
        1,
        "",
        f"{post.payments}/0/2: error[unknown-letter]: there is no dead letter `{post.payments}/0/2`\n\n"
        f"hint: did you mean `{post.payments}/0/1`? The newest: `{post.payments}/0/1`\n",
    )


def test_replay_says_what_became_of_each(post, run):
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


def test_replay_of_a_letter_that_there_is_not_is_an_error(post, run):
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
def test_a_wrong_call_is_one(run, line, said):
    ran = run(f"dead-letters {line}")

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in " ".join(ran.stderr.replace("│", " ").split())


def test_a_broker_that_doesnt_answer_is_an_error(run, monkeypatch):
    monkeypatch.setattr("pyflink_cep._dead_letters.replay._SECONDS", 0.5)

    ran = run("dead-letters replay kafka://127.0.0.1:1/letters")

    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr.startswith("kafka://127.0.0.1:1/letters: error[no-transactions]: ")


def test_the_clients_settings_come_from_a_file(post, run, directory, monkeypatch):
    monkeypatch.setattr("pyflink_cep._publishing.kafka._SECONDS", 0.5)
    (directory / "client.properties").write_text("security.protocol=SSL\n")

    ran = run(f"dead-letters list {post.topic} --kafka-config client.properties")

    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "error[kafka-unreachable]" in ran.stderr
