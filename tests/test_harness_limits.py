"""Settings, retries, rate limits and early stops: the decisions, without a clock."""

from __future__ import annotations

import math
import random

import pytest

from arize_nb.errors import InputError
from arize_nb.harness.engine.early_stop import EarlyStop
from arize_nb.harness.engine.execute import chosen
from arize_nb.harness.engine.retry_policy import http_status, is_rate_limit, is_transient, retry_after_s
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.engine.throttle import Throttle, Wait, backoff_s
from arize_nb.harness.records.run_record import Failure, RunRecord


class Reply:
    def __init__(self, status, headers=()):
        self.status_code, self.headers = status, dict(headers)


class HTTPError(Exception):
    def __init__(self, status, headers=()):
        super().__init__(f"HTTP {status}")
        self.response = Reply(status, headers)


class RateLimitError(Exception):
    pass


class TestRecognising:
    @pytest.mark.parametrize(
        ("error", "status", "limit", "transient"),
        [
            (HTTPError(429), 429, True, True),
            (HTTPError(500), 500, False, True),
            (HTTPError(401), 401, False, False),
            (HTTPError(404), 404, False, False),
            (RateLimitError(), None, True, True),
            (ConnectionResetError(), None, False, True),
            (ValueError("not JSON"), None, False, False),
            (TypeError(), None, False, False),
            (KeyError("x"), None, False, False),
            (ModuleNotFoundError("openai"), None, False, False),
            (PermissionError(13, "Permission denied"), None, False, False),
            (FileNotFoundError("prompt.txt"), None, False, False),
        ],
    )
    def test_what_is_worth_another_try(self, error, status, limit, transient):
        """Rate limits slow down, outages are tried again; bugs and refusals are not."""
        assert (status, limit, transient) == (
            http_status(error),
            is_rate_limit(error),
            is_rate_limit(error) or is_transient(error),
        )

    def test_the_cause_is_looked_at(self):
        """A client's error raised from an HTTP error has its status."""
        wrapped = RuntimeError("model failed")
        wrapped.__cause__ = HTTPError(503)

        assert http_status(wrapped) == 503

    def test_known_classes_mean_slow_down(self):
        """rate_limit_errors adds classes of one's own."""
        assert (is_rate_limit(OSError()), is_rate_limit(OSError(), (OSError,))) == (False, True)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry-After": "3"}, 3.0),
            ({"retry-after": "0.5"}, 0.5),
            ({"retry-after-ms": "250"}, 0.25),
            ({"Retry-After": "Thu, 01 Jan 2026 00:00:10 GMT"}, 10.0),
            ({"Retry-After": "-4"}, 0.0),
            ({"Retry-After": "999999"}, 600.0),
            ({"Retry-After": "soon"}, None),
            ({}, None),
        ],
    )
    def test_retry_after(self, headers, seconds):
        """Seconds, milliseconds and dates are understood; nonsense and excess are not obeyed."""
        assert seconds == retry_after_s(HTTPError(429, headers), now=1767225600.0)

    def test_backoff_doubles_and_stays_within_bounds(self):
        """Each wait lies between half and all of a doubled limit, at most a minute."""
        draw = random.Random(1)
        waits = [backoff_s(attempt, draw) for attempt in range(1, 12)]

        assert all(min(0.5 * 2**n, 60) / 2 <= wait <= min(0.5 * 2**n, 60) for n, wait in enumerate(waits))

    def test_a_short_retry_after_does_not_use_up_the_retries(self):
        """The first wait is what the service asks for; a call that is turned away again and again waits
        longer each time.
        """
        draw = random.Random(1)
        waits = [Wait.before(attempt, 0.05, draw) for attempt in range(1, 11)]

        assert 0.05 <= waits[0].own_s <= 0.1
        assert all(0.05 <= wait.for_all_s < 0.16 for wait in waits)
        assert sum(wait.own_s for wait in waits) > 30

    def test_a_long_retry_after_is_waited_for_each_time(self):
        """What the service asks for is the least, however short the own back-off is."""
        assert min(Wait.before(attempt, 5.0, random.Random(1)).own_s for attempt in range(1, 5)) >= 5.0


class TestThrottle:
    def test_many_rate_limits_of_one_moment_halve_once(self):
        """Calls under way meet the same limit: the places are halved once a pause."""
        throttle = Throttle(32)
        for _ in range(32):
            throttle.slow_down(10.0, 2.0)
        throttle.slow_down(13.0, 1.0)

        assert (throttle.limit, throttle.slowdowns, throttle.not_before) == (8.0, 2, 14.0)

    def test_successes_bring_places_back(self):
        """As many successes as there are places add about one, up to all of them."""
        throttle = Throttle(8)
        throttle.slow_down(0.0, 0.0)
        for _ in range(4):
            throttle.succeeded()
        after_a_round = throttle.limit
        for _ in range(100):
            throttle.succeeded()

        assert 4.8 < after_a_round < 5.0
        assert throttle.limit == 8.0

    def test_there_is_always_one_place(self):
        """However often it slows down, one call may be under way, after the pause."""
        throttle = Throttle(4)
        for moment in range(20):
            throttle.slow_down(float(moment), 0.5)
        waits = (throttle.wait_s(19.2), throttle.wait_s(20.0))
        throttle.under_way = 1

        assert (pytest.approx(0.3), 0.0, math.inf) == (*waits, throttle.wait_s(20.0))


def results(*kinds):
    """Make runs: None worked, a word failed with that type."""
    return [
        RunRecord(str(i), 1, output="x", failure=Failure(kind, "why", "why") if kind else None)
        for i, kind in enumerate(kinds)
    ]


def stopped_at(early, runs):
    """Feed runs; return how many it took until the stop, None when there was none."""
    return next((count for count, run in enumerate(runs, 1) if early.note(run) is not None), None)


class TestEarlyStop:
    def test_ten_alike_stop(self):
        """The first ten results failing with one type stop the run; nothing was allowed to be uploaded."""
        early = EarlyStop(None, total=100)

        assert stopped_at(early, results(*["ImportError"] * 12)) == 10
        assert not early.decided.is_set()

    @pytest.mark.parametrize("kinds", [[*["E"] * 9, None], [*["E"] * 9, "F"], [None, *["E"] * 20]])
    def test_unlike_results_go_on(self, kinds):
        """One success or another type among the first ten, and the run goes on whatever follows."""
        early = EarlyStop(None, total=100)

        assert stopped_at(early, results(*kinds, *["E"] * 20)) is None
        assert early.decided.is_set()

    @pytest.mark.parametrize(
        ("early", "kinds", "stop"),
        [
            (EarlyStop(None, total=4), ["E"] * 4, 4),
            (EarlyStop(None, total=1), ["E"], 1),
            (EarlyStop(None, total=9), [*["E"] * 8, None], None),
            (EarlyStop(None, total=4, proven=True), ["E"] * 4, None),
            (EarlyStop(3, total=3), ["E"] * 3, None),
        ],
    )
    def test_all_of_fewer_stop_at_their_end(self, early, kinds, stop):
        """All of fewer than ten that fail alike stop the run, unless the task worked before or max_failures
        allows it.
        """
        assert stop == stopped_at(early, results(*kinds))

    @pytest.mark.parametrize(
        ("limit", "kinds", "stop"),
        [
            (0, [None, "E"], 2),
            (2, ["E", "F", None, "E"], 4),
            (0.5, ["E"] * 12, 10),
            (0.5, [None, "E"] * 20, None),
        ],
    )
    def test_count_and_share(self, limit, kinds, stop):
        """A count tolerates so many failures; a share is looked at from the tenth result."""
        assert stop == stopped_at(EarlyStop(limit, total=100), results(*kinds))


class TestSettings:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"concurrency": 0},
            {"repetitions": 1.5},
            {"timeout_s": 0},
            {"retries": -1},
            {"max_failures": 1.0},
            {"max_failures": True},
            {"dry_run": "all"},
            {"dry_run": ("first", 3)},
            {"rerun": "everything"},
            {"rate_limit_errors": ["429"]},
        ],
    )
    def test_wrong_values_are_refused_by_name(self, wrong):
        """Each parameter says what it takes."""
        with pytest.raises(InputError, match=next(iter(wrong))):
            checked(**wrong)

    def test_dry_runs(self):
        """First N, N by chance (the same for a seed), all."""
        examples = [{"id": str(index)} for index in range(100)]
        drawn = [chosen(examples, checked(dry_run=("random", 5), seed=seed)) for seed in (1, 1, 2)]

        assert chosen(examples, checked(dry_run=3)) == examples[:3]
        assert drawn[0] == drawn[1] != drawn[2]
        assert [len(drawn[0]), len(chosen(examples, checked()))] == [5, 100]
