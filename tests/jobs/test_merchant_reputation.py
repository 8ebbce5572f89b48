"""The lookup of merchants against a real server that is quick, slow, fails, and comes back."""

import asyncio
import threading
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace

import pytest
from aiohttp import web
from pyflink.table import EnvironmentSettings, TableEnvironment

from udfs.merchant_reputation import Limits, ReputationClient, merchant_reputation_udf

# Nothing runs out of time on a busy machine: tests in which it should, say so.
LIMITS = Limits(
    timeout=60, attempts=3, backoff=0.01, failures=4, pause=60, batch=600, cached=100, cached_for=600
)
KNOWN = {
    "bistro": 0.9,
    "jeweller": 0.4,
    "": 1.0,
    "a/b": 0.1,
    "..": 1.0,
    "a?b#c%2F": 0.2,
    "../bistro": 0.3,
    "é +": 0.6,
}
# Moods of a service that answers with what is no reputation.
GARBLED = (
    "<html>", "[]", "0.7", "{}", '{"reputation": null}', '{"reputation": "0.7"}', '{"reputation": NaN}',
    '{"reputation": 7}', '{"reputation": true}', "[" * 100_000,
)  # fmt: skip


def echo(merchant):
    """The reputation of a merchant m0 to m9999: another for each."""
    return int(merchant[1:]) / 10_000


@dataclass
class Service:
    """Answers as its mood has it: "well", "busy", "slow", "broken", or with a text of GARBLED.

    `moods` are those of the next requests.
    """

    mood: str = "well"
    moods: list[str] = field(default_factory=list)
    requests: Counter = field(default_factory=Counter)
    headers: list[dict] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def merchant(self, request):
        merchant = request.match_info["merchant"]
        self.requests[merchant] += 1
        self.headers.append(dict(request.headers))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self.answer(merchant, self.moods.pop(0) if self.moods else self.mood)
        finally:
            self.under_way -= 1

    async def answer(self, merchant, mood):
        if mood == "slow":
            await self.released.wait()
        if mood == "busy":
            await asyncio.sleep(0.02)
        if mood == "broken":
            raise web.HTTPServiceUnavailable
        if mood in GARBLED:
            return web.Response(text=mood, content_type="application/json")
        if merchant.startswith("m"):
            return web.json_response({"reputation": echo(merchant)})
        if merchant not in KNOWN:
            raise web.HTTPNotFound
        return web.json_response({"reputation": KNOWN[merchant]})

    @asynccontextmanager
    async def running(self):
        """Serves on a free port, and gives the address."""
        application = web.Application()
        application.router.add_get("/merchants/{merchant}", self.merchant)
        runner = web.AppRunner(application, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            self.released.set()
            await runner.cleanup()


async def reputation(client, merchant):
    [answer] = await client.reputations([merchant])
    return answer


def with_service(scenario, limits=LIMITS, token=None):
    """Runs a scenario of a service and a client."""

    async def run():
        service = Service()
        async with service.running() as address, ReputationClient(address, limits, token) as client:
            await scenario(service, client)

    asyncio.run(run())


def test_a_merchant_is_looked_up_once_and_kept():
    async def scenario(service, client):
        for _ in range(2):
            assert await client.reputations(["bistro", "nobody", None]) == [0.9, None, None]
        assert service.requests == {"bistro": 1, "nobody": 1}
        assert asdict(client.counts) == counts(requests=2)

    with_service(scenario)


def test_lookups_of_one_merchant_share_a_request():
    async def scenario(service, client):
        service.mood = "busy"
        assert await client.reputations(["bistro"] * 20) == [0.9] * 20
        assert service.requests == {"bistro": 1}

    with_service(scenario)


@pytest.mark.parametrize(("mood", "timeout"), [("slow", 3), *((mood, 60) for mood in ("broken", *GARBLED))])
def test_a_failed_request_is_tried_again(mood, timeout):
    async def scenario(service, client):
        service.moods = [mood]
        assert await reputation(client, "bistro") == 0.9
        assert asdict(client.counts) == counts(requests=2, failed_requests=1)

    with_service(scenario, replace(LIMITS, timeout=timeout))


def test_a_lookup_gives_up_on_a_slow_service_after_its_attempts():
    async def scenario(service, client):
        service.mood = "slow"
        assert await reputation(client, "bistro") is None
        assert asdict(client.counts) == counts(requests=3, failed_requests=3, unanswered=1)

    with_service(scenario, replace(LIMITS, timeout=0.3))


class Clock:
    """The time of circuit breakers, which passes as a test says."""

    def __init__(self):
        self.now = 0.0

    def time(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("purgatory.domain.model.time", clock)
    return clock


def test_an_open_breaker_spares_the_service_and_closes_once_it_is_back(clock):
    async def scenario(service, client):
        service.mood = "broken"
        assert await reputation(client, "bistro") is None
        # The fourth failure in a row opens it: the second merchant is asked for once.
        assert await reputation(client, "jeweller") is None
        assert service.requests == {"bistro": 3, "jeweller": 1}

        assert await client.reputations(f"m{number}" for number in range(50)) == [None] * 50
        assert service.requests.total() == 4
        assert asdict(client.counts) == counts(requests=4, failed_requests=4, unanswered=1, refused=51)

        service.mood = "well"
        clock.now += LIMITS.pause
        assert await reputation(client, "bistro") is None
        clock.now += 0.1
        assert await reputation(client, "bistro") == 0.9
        assert await reputation(client, "jeweller") == 0.4
        assert service.requests == {"bistro": 4, "jeweller": 2}

    with_service(scenario)


def test_a_breaker_whose_trial_fails_opens_again(clock):
    async def scenario(service, client):
        service.mood = "broken"
        for merchant in ("m1", "m2"):
            await reputation(client, merchant)
        asked = service.requests.total()
        clock.now += LIMITS.pause + 0.1
        for merchant in ("m3", "m4"):
            assert await reputation(client, merchant) is None
        assert service.requests.total() == asked + 1
        assert service.requests["m3"] == 1

    with_service(scenario)


def test_no_request_of_a_batch_begins_once_its_time_has_run_out():
    async def scenario(service, client):
        service.mood = "slow"
        batch = asyncio.create_task(client.reputations(f"m{number}" for number in range(50)))
        while service.under_way < 4:
            await asyncio.sleep(0.01)
        client.limits = replace(client.limits, batch=0)
        await client.reputations([])
        service.released.set()
        # The four that were under way still come to their end.
        assert await batch == [echo(f"m{number}") for number in range(4)] + [None] * 46
        assert asdict(client.counts) == counts(requests=4, unanswered=46)

        client.limits = replace(client.limits, batch=60)
        assert await reputation(client, "m49") == echo("m49")

    with_service(scenario, replace(LIMITS, concurrent=4, batch=60))


def test_an_id_is_one_segment_of_the_address():
    async def scenario(service, client):
        known = {merchant: known for merchant, known in KNOWN.items() if merchant not in ("", "..")}
        assert await client.reputations(known) == list(known.values())
        assert service.requests == dict.fromkeys(known, 1)
        assert await client.reputations(["", ".", ".."]) == [None] * 3
        assert service.requests.total() == len(known)

    with_service(scenario)


def test_a_token_is_sent_and_not_shown():
    async def scenario(service, client):
        await reputation(client, "bistro")
        assert service.headers[0]["Authorization"] == "Bearer s3cret"
        assert "s3cret" not in repr(client)

    with_service(scenario, token="s3cret")


def counts(**those_not_zero):
    return {"requests": 0, "failed_requests": 0, "unanswered": 0, "refused": 0} | those_not_zero


@pytest.fixture
def busy_service():
    """A service in a thread of its own, for a job: it and its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    service = Service(mood="busy")
    running = service.running()
    address = asyncio.run_coroutine_threadsafe(running.__aenter__(), loop).result()
    yield service, address
    asyncio.run_coroutine_threadsafe(running.__aexit__(None, None, None), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def looked_up(address, limits, token_file=None, number=200, **options):
    """What a job adds to payments of merchants m0, m1, …, in order."""
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    tables.get_config().set("parallelism.default", "1")
    for option, value in options.items():
        tables.get_config().set(f"python.fn-execution.{option.replace('_', '.')}", value)
    function = merchant_reputation_udf(address, limits, token_file)
    tables.create_temporary_function("merchant_reputation", function)
    tables.execute_sql(f"""
        CREATE TEMPORARY TABLE payments (n BIGINT) WITH ('connector' = 'datagen',
          'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '{number - 1}')
    """)
    query = (
        "SELECT id, merchant_reputation(id) FROM (SELECT CONCAT('m', CAST(n AS STRING)) AS id FROM payments)"
    )
    with tables.execute_sql(query).collect() as rows:
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(("bundle", "batch"), [("10000", "10000"), ("100", "30")])
def test_each_payment_gets_the_answer_of_its_own_merchant(busy_service, bundle, batch):
    service, address = busy_service
    service.mood = "well"
    patient = Limits(timeout=60, batch=600)
    rows = looked_up(address, patient, number=2000, bundle_size=bundle, arrow_batch_size=batch)
    assert rows == [(f"m{number}", echo(f"m{number}")) for number in range(2000)]
    assert service.requests.total() == 2000


def test_a_job_asks_as_many_at_once_as_it_may(busy_service, tmp_path):
    service, address = busy_service
    (tmp_path / "token").write_text("s3cret\n")
    limits = replace(LIMITS, concurrent=8)
    rows = looked_up(address, limits, str(tmp_path / "token"))
    assert rows == [(f"m{number}", echo(f"m{number}")) for number in range(200)]
    assert 1 < service.most_under_way <= 8
    assert {headers["Authorization"] for headers in service.headers} == {"Bearer s3cret"}


def test_a_job_goes_on_without_its_service(busy_service):
    service, address = busy_service
    service.mood = "broken"
    rows = looked_up(address, replace(LIMITS, concurrent=8, pause=600))
    assert rows == [(f"m{number}", None) for number in range(200)]
    # Four failures open the breaker. Those under way by then, at most eight, still come to their end.
    assert 4 <= service.requests.total() <= 12
