"""When SNS tries a failed delivery again: four phases for each kind of endpoint.

Immediate tries without a pause, then some at the smallest pause, then the backoff, then the rest at the largest pause
(Developer Guide, "Message delivery retries"). Only the policy of HTTP/S can be changed, and no more than 3,600 s may
pass in all. AWS shows the four backoff functions as a chart, without formulas; the curves here run from the smallest to
the largest pause and bend as the chart does: linear is straight, arithmetic grows by steps that grow evenly, geometric
by a constant factor, exponential by steps that double. Pauses are counted from the failure to the next try.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from courseapp.engine.limits.sns import (
    SNS_HTTP_BACKOFF_DEFAULT,
    SNS_HTTP_DELAY_DEFAULT_S,
    SNS_HTTP_RETRIES_DEFAULT,
)

__all__ = [
    "SNS_DEFAULT_HTTP_POLICY",
    "SNS_RETRY_PHASES",
    "RetryPhases",
    "retry_phases",
    "retry_times",
]


@dataclass(frozen=True, slots=True)
class RetryPhases:
    """Retries by phase (counts) and the two pauses (seconds) between which the backoff runs."""

    immediate: int
    pre_backoff: int
    backoff: int
    post_backoff: int
    min_pause_s: float
    max_pause_s: float
    function: str = "linear"

    @property
    def retries(self) -> int:
        """Tries after the first one."""
        return self.immediate + self.pre_backoff + self.backoff + self.post_backoff

    def pause_ms(self, retry: int) -> int | None:
        """The pause before retry ``retry`` (1, 2, …) in whole milliseconds; None when the policy is used up."""
        place = retry - 1
        if not 0 <= place < self.retries:
            return None
        if place < self.immediate:
            return 0
        place -= self.immediate
        if place < self.pre_backoff:
            return _ms(self.min_pause_s)
        place -= self.pre_backoff
        if place < self.backoff:
            return _ms(_backoff_s(self, place))
        return _ms(self.max_pause_s)

    def phase(self, retry: int) -> str:
        """The name of the phase in which retry ``retry`` lies: immediate, pre_backoff, backoff or post_backoff."""
        for name in ("immediate", "pre_backoff", "backoff"):
            count: int = getattr(self, name)
            if retry <= count:
                return name
            retry -= count
        return "post_backoff"

    def pauses_ms(self) -> Iterator[int]:
        """The pauses before all retries in order. There may be 100,015 of them."""
        for retry in range(1, self.retries + 1):
            pause = self.pause_ms(retry)
            assert pause is not None
            yield pause

    def total_ms(self) -> int:
        """All pauses together, without walking through the long last phase."""
        walked = self.retries - self.post_backoff
        return sum(self.pause_ms(n) or 0 for n in range(1, walked + 1)) + self.post_backoff * _ms(self.max_pause_s)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _backoff_s(phases: RetryPhases, place: int) -> float:
    """The pause at ``place`` (0 … backoff - 1) of the backoff, in seconds."""
    low, high, last = phases.min_pause_s, phases.max_pause_s, phases.backoff - 1
    if last <= 0 or low == high:
        return low
    if phases.function == "geometric":
        return float(low * (high / low) ** (place / last))
    if phases.function == "exponential":
        share = (2.0**place - 1) / (2.0**last - 1)
    elif phases.function == "arithmetic":
        share = place * (place + 1) / (last * (last + 1))
    else:
        share = place / last
    return low + (high - low) * share


SNS_DEFAULT_HTTP_POLICY: Final = MappingProxyType(
    {
        "minDelayTarget": SNS_HTTP_DELAY_DEFAULT_S,
        "maxDelayTarget": SNS_HTTP_DELAY_DEFAULT_S,
        "numRetries": SNS_HTTP_RETRIES_DEFAULT,
        "numNoDelayRetries": 0,
        "numMinDelayRetries": 0,
        "numMaxDelayRetries": 0,
        "backoffFunction": SNS_HTTP_BACKOFF_DEFAULT,
    }
)

# Developer Guide, "Message delivery retries": 100,015 retries over 23 days, 50 over 6 hours, 3 for HTTP/S. Where the
# guide says "exponential backoff, from 1 to 20 seconds" the ten pauses grow by a constant factor.
SNS_RETRY_PHASES: Final = MappingProxyType(
    {
        "aws_managed": RetryPhases(3, 2, 10, 100_000, 1, 20, "geometric"),
        "customer_managed": RetryPhases(0, 2, 10, 38, 10, 600, "geometric"),
        "http": RetryPhases(0, 0, 3, 0, 20, 20, "linear"),
    }
)


def retry_phases(policy: Mapping[str, Any] | None = None) -> RetryPhases:
    """The phases of an HTTP/S policy: ``{"healthyRetryPolicy": {…}}``, the inner object alone, or a topic's
    ``{"http": {"defaultHealthyRetryPolicy": {…}}}``. Absent fields are AWS's defaults. The policy must be valid
    (``courseapp.engine.architecture.policies`` checks it)."""
    given: Mapping[str, Any] = policy or {}
    given = given.get("http", given)
    given = given.get("healthyRetryPolicy", given.get("defaultHealthyRetryPolicy", given))
    values = {**SNS_DEFAULT_HTTP_POLICY, **{name: given[name] for name in SNS_DEFAULT_HTTP_POLICY if name in given}}
    at_edges = values["numNoDelayRetries"] + values["numMinDelayRetries"] + values["numMaxDelayRetries"]
    return RetryPhases(
        immediate=values["numNoDelayRetries"],
        pre_backoff=values["numMinDelayRetries"],
        backoff=values["numRetries"] - at_edges,
        post_backoff=values["numMaxDelayRetries"],
        min_pause_s=values["minDelayTarget"],
        max_pause_s=values["maxDelayTarget"],
        function=values["backoffFunction"],
    )


def retry_times(policy: Mapping[str, Any] | None = None) -> list[float]:
    """The pauses in seconds before each retry of an HTTP/S policy; ``[20, 20, 20]`` without one."""
    return [pause / 1000 for pause in retry_phases(policy).pauses_ms()]
