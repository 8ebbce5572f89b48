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

LIMITS = Limits(timeout=0.3, attempts=3, backoff=0.01, failures=4, pause=0.2, cached=100, cached_for=60)
KNOWN = {"bistro": 0.9, "jeweller": 0.4}


@dataclass
class Service:
    """Answers as its mood has it: "well", "slow", "broken" or "garbled"; `moods` are those of the next requests."""

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
        if mood == "garbled":
            return web.Response(text="<html>")
        if merchant.startswith("m"):
            return web.json_response({"reputation": 0.5})
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


def with_service(scenario, limits=LIMITS, token=None):
    """Runs a scenario of a service and a client."""

    async def run():
        service = Service()
        async with service.running() as address, ReputationClient(address, limits, token) as client:
            await scenario(service, client)

    asyncio.run(run())


def test_a_merchant_is_looked_up_once_and_kept():
    async def scenario(service, client):
        answers = [
            await client.reputation(merchant) for merchant in ("bistro", "bistro", "nobody", "nobody", None)
        ]
        assert answers == [0.9, 0.9, None, None, None]
        assert service.requests == {"bistro": 1, "nobody": 1}
        assert asdict(client.counts) == counts(requests=2)

    with_service(scenario)


def test_lookups_of_one_merchant_share_a_request():
    async def scenario(service, client):
        service.mood = "busy"
        assert await asyncio.gather(*(client.reputation("bistro") for _ in range(20))) == [0.9] * 20
        assert service.requests == {"bistro": 1}

    with_service(scenario)


@pytest.mark.parametrize("mood", ["broken", "slow", "garbled"])
def test_a_failed_request_is_tried_again(mood):
    async def scenario(service, client):
        service.moods = [mood]
        assert await client.reputation("bistro") == 0.9
        assert asdict(client.counts) == counts(requests=2, failed_requests=1)

    with_service(scenario)


def test_a_slow_service_costs_a_lookup_no_more_than_its_timeouts():
    async def scenario(service, client):
        service.mood = "slow"
        started = asyncio.get_running_loop().time()
        assert await client.reputation("bistro") is None
        assert asyncio.get_running_loop().time() - started < 3 * LIMITS.timeout + 1
        assert asdict(client.counts) == counts(requests=3, failed_requests=3, unanswered=1)

    with_service(scenario)


def test_an_open_breaker_spares_the_service_and_closes_once_it_is_back():
    async def scenario(service, client):
        service.mood = "broken"
        assert await client.reputation("bistro") is None
        # The fourth failure in a row opens it: the second merchant is asked for once.
        assert await client.reputation("jeweller") is None
        assert service.requests == {"bistro": 3, "jeweller": 1}

        assert [await client.reputation(f"m{number}") for number in range(50)] == [None] * 50
        assert service.requests.total() == 4
        assert asdict(client.counts) == counts(requests=4, failed_requests=4, unanswered=1, refused=51)

        service.mood = "well"
        while await client.reputation("bistro") is None:
            await asyncio.sleep(0.01)
        assert await client.reputation("jeweller") == 0.4
        assert service.requests == {"bistro": 4, "jeweller": 2}

    with_service(scenario)


def test_a_breaker_whose_trial_fails_opens_again():
    async def scenario(service, client):
        service.mood = "broken"
        for merchant in ("m1", "m2"):
            await client.reputation(merchant)
        asked = service.requests.total()
        while service.requests.total() == asked:
            await client.reputation("m3")
            await asyncio.sleep(0.01)
        assert service.requests.total() == asked + 1
        assert await client.reputation("m4") is None
        assert service.requests["m4"] == 0

    with_service(scenario)


def test_a_token_is_sent_and_not_shown():
    async def scenario(service, client):
        await client.reputation("bistro")
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


def looked_up(address, limits, token_file=None, number=200):
    """What a job adds to payments of merchants m0, m1, …, in order."""
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for key, value in {
        "parallelism.default": "1",
        "table.exec.async-scalar.max-concurrent-operations": "8",
        "table.exec.async-scalar.timeout": "30 s",
        "table.exec.async-scalar.retry-strategy": "NO_RETRY",
    }.items():
        tables.get_config().set(key, value)
    function = merchant_reputation_udf(address, limits, token_file)
    tables.create_temporary_function("merchant_reputation", function)
    payments = tables.from_elements([(f"m{number}",) for number in range(number)], ["merchant_id"])
    tables.create_temporary_view("payments", payments)
    query = "SELECT merchant_id, merchant_reputation(merchant_id) FROM payments"
    with tables.execute_sql(query).collect() as rows:
        return [tuple(row) for row in rows]


def test_a_job_asks_as_many_at_once_as_flink_is_told(busy_service, tmp_path):
    service, address = busy_service
    (tmp_path / "token").write_text("s3cret\n")
    rows = looked_up(address, replace(LIMITS, timeout=10), str(tmp_path / "token"))
    assert rows == [(f"m{number}", 0.5) for number in range(200)]
    assert 1 < service.most_under_way <= 8
    assert {headers["Authorization"] for headers in service.headers} == {"Bearer s3cret"}


def test_a_job_goes_on_without_its_service(busy_service):
    service, address = busy_service
    service.mood = "broken"
    rows = looked_up(address, replace(LIMITS, pause=600))
    assert rows == [(f"m{number}", None) for number in range(200)]
    # Four failures open the breaker. Those under way by then, at most eight, still come to their end.
    assert 4 <= service.requests.total() <= 12
