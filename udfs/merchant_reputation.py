"""Enrichment by a service: what an HTTP service knows about a merchant.

A lookup mustn't stop the stream. So each request has a timeout; one that failed is tried again, with backoff; and after
several failures in a row a circuit breaker spares the service, and the stream, any more of them for a while. Whatever
the outcome, the payment goes on: without an answer its reputation is NULL, and rules say what that means to them.

The function is a pandas function: it gets a batch of payments, and asks for all of them at once. PyFlink's
AsyncScalarFunction can't be used: that of 2.3.0 gives most calls the argument of a later row (FLINK-39532).
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp
import pandas as pd
import stamina
from async_lru import alru_cache
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from pyflink.table import DataTypes
from pyflink.table.udf import ScalarFunction, udf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyflink.table import FunctionContext
    from pyflink.table.udf import UserDefinedFunctionWrapper

LOG = logging.getLogger(__name__)

# An id that is no segment of a path can't be asked for.
NO_SEGMENTS = ("", ".", "..")


class MalformedAnswerError(ValueError):
    """The service answers with something else than a reputation."""


class OutOfTimeError(Exception):
    """The time of the batch has run out before the request began."""


FAILURES = (aiohttp.ClientError, TimeoutError, MalformedAnswerError)


@dataclass(frozen=True)
class Limits:
    """How much a lookup may ask of the service and of the stream.

    Attributes:
        concurrent: requests under way at once, of one task. The others wait: it is what protects the service from us.
        timeout: seconds that one request may take, from connecting to the last byte.
        attempts: requests for one answer, the first included.
        backoff: seconds before the second request; each further wait is twice as long, and random by as much again.
        failures: failed requests in a row that open the circuit breaker.
        pause: seconds that it stays open; then one failure opens it again, and one answer closes it.
        batch: seconds after which no request of a batch begins. A batch, and a checkpoint that waits for it, takes no
            longer than this and `timeout` together.
        cached: answers that are kept.
        cached_for: seconds that they are kept.
    """

    concurrent: int = 50
    timeout: float = 2.0
    attempts: int = 3
    backoff: float = 0.1
    failures: int = 10
    pause: float = 15.0
    batch: float = 10.0
    cached: int = 10_000
    cached_for: float = 300.0


@dataclass
class Counts:
    """What became of the lookups.

    Attributes:
        requests: requests sent, those of further attempts among them.
        failed_requests: those without an answer in time, or with one that says that the service is at fault.
        unanswered: lookups that gave up, for failed requests or for the time of the batch.
        refused: lookups that the open circuit breaker kept from the service.
    """

    requests: int = 0
    failed_requests: int = 0
    unanswered: int = 0
    refused: int = 0


@dataclass
class ReputationClient:
    """Asks the service, within limits.

    Args:
        address: of the service; `GET <address>/merchants/<id>` gives `{"reputation": 0.7}`, or 404.
        limits: of requests.
        token: what the service asks for as a bearer token.
    """

    address: str
    limits: Limits = field(default_factory=Limits)
    token: str | None = field(default=None, repr=False)
    counts: Counts = field(default_factory=Counts)

    async def __aenter__(self) -> ReputationClient:
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        limits = self.limits
        timeout = aiohttp.ClientTimeout(total=limits.timeout)
        # A request that waits for its turn spends none of its own time, as one that waits for a connection would.
        self._turns = asyncio.Semaphore(limits.concurrent)
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(
            headers=headers, timeout=timeout, connector=connector, raise_for_status=True
        )
        breakers = AsyncCircuitBreakerFactory(default_threshold=limits.failures, default_ttl=limits.pause)
        breakers.add_listener(log_state)
        self._breaker = await breakers.get_breaker(self.address)
        # Failures are exceptions, and so aren't kept. Lookups of one merchant at the same time share a request.
        self._known = alru_cache(maxsize=limits.cached, ttl=limits.cached_for)(self._ask)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._known.cache_close(wait=True)
        await self._session.close()

    async def reputations(self, merchant_ids: Iterable[str | None]) -> list[float | None]:
        """The merchants' reputations, from 0 to 1, in order; None for one who isn't known, or without an answer.

        Batches come one after another: `Limits.batch` is counted from the last call.
        """
        self._deadline = asyncio.get_running_loop().time() + self.limits.batch
        return await asyncio.gather(*map(self._reputation, merchant_ids))

    async def _reputation(self, merchant_id: str | None) -> float | None:
        if merchant_id is None or merchant_id in NO_SEGMENTS:
            return None
        try:
            return await self._known(merchant_id)
        except OpenedState:
            self.counts.refused += 1
        except (*FAILURES, OutOfTimeError):
            self.counts.unanswered += 1
        return None

    async def _ask(self, merchant_id: str) -> float | None:
        limits = self.limits
        async for attempt in stamina.retry_context(
            on=FAILURES,
            attempts=limits.attempts,
            timeout=None,
            wait_initial=limits.backoff,
            wait_jitter=limits.backoff,
        ):
            with attempt:
                async with self._turns:
                    if asyncio.get_running_loop().time() >= self._deadline:
                        raise OutOfTimeError
                    async with self._breaker:
                        return await self._request(merchant_id)
        raise AssertionError("the last attempt returns or raises")

    async def _request(self, merchant_id: str) -> float | None:
        self.counts.requests += 1
        # An id with a slash or a question mark stays one segment.
        address = f"{self.address}/merchants/{quote(merchant_id, safe='')}"
        try:
            async with self._session.get(address) as response:
                return reputation_of(await response.read())
        except aiohttp.ClientResponseError as error:
            if error.status == 404:
                return None
            self.counts.failed_requests += 1
            raise
        except FAILURES:
            self.counts.failed_requests += 1
            raise


def reputation_of(answer: bytes) -> float:
    """The reputation in an answer of the service.

    Raises:
        MalformedAnswerError: there is none from 0 to 1.

    Example:
        >>> reputation_of(b'{"reputation": 0.7}')
        0.7
    """
    try:
        reputation = json.loads(answer)["reputation"]
        if type(reputation) in (int, float) and 0 <= reputation <= 1:
            return float(reputation)
    except (ValueError, TypeError, LookupError, RecursionError):
        pass
    raise MalformedAnswerError(f"expected a reputation from 0 to 1; found {answer[:200]!r}")


def log_state(name: str, event: str, message: object) -> None:
    if event == "state_changed":
        LOG.warning("the circuit breaker of %s is %s", name, message.state)  # type: ignore[attr-defined]


class MerchantReputation(ScalarFunction):
    """The client in a job, in a loop of its own.

    The loop runs in a thread of its own as long as the function is open: between batches, too, it notices that the
    service closes connections.

    Args:
        address: of the service.
        limits: of requests.
        token_file: holds the token. It is read where the function runs, so that the token isn't part of the job.
    """

    def __init__(self, address: str, limits: Limits, token_file: str | None) -> None:
        self.address = address
        self.limits = limits
        self.token_file = token_file

    def open(self, function_context: FunctionContext) -> None:
        token = None if self.token_file is None else Path(self.token_file).read_text().strip()
        self.client = ReputationClient(self.address, self.limits, token)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="merchant reputation", daemon=True)
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.client.__aenter__(), self.loop).result()
        metrics = function_context.get_metric_group().add_group("merchant_reputation")
        # Counters of PyFlink count in the thread of the worker alone. Gauges are read in it, wherever they are counted.
        for name in asdict(self.client.counts):
            metrics.gauge(name, lambda name=name: getattr(self.client.counts, name))

    def eval(self, merchant_ids: pd.Series) -> pd.Series:
        lookups = asyncio.run_coroutine_threadsafe(self.client.reputations(merchant_ids), self.loop)
        return pd.Series(lookups.result(), dtype=float)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.client.__aexit__(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def merchant_reputation_udf(
    address: str, limits: Limits | None = None, token_file: str | None = None
) -> UserDefinedFunctionWrapper:
    """The lookup as a function of Flink: a merchant's id to DOUBLE, or NULL.

    Args:
        address: of the service, such as `http://reputation:8080`.
        limits: of requests; the defaults where None.
        token_file: holds the service's bearer token, on the machines that run the job.
    """
    function = MerchantReputation(address, limits or Limits(), token_file)
    return udf(function, result_type=DataTypes.DOUBLE(), func_type="pandas")
