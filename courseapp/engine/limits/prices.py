"""The dated price list and what follows from it. List prices of us-east-1, without free tiers, in US dollars.

Sources: SQS and SNS pricing pages as quoted in write-ups of June 2026; Step Functions pricing page of 2025-26. Only
these three services are priced.
"""

from __future__ import annotations

from math import ceil
from types import MappingProxyType
from typing import Final

from courseapp.engine.limits.sns import SNS_PAYLOAD_UNIT_B
from courseapp.engine.limits.sqs import SQS_PAYLOAD_UNIT_B
from courseapp.engine.limits.states import SFN_EXPRESS_DURATION_STEP_MS, SFN_EXPRESS_MEMORY_STEP_MB

PRICES_DATED: Final = "2026-06"
PRICES_REGION: Final = "us-east-1"

_MILLION = 1_000_000

PRICES_USD: Final = MappingProxyType(
    {
        "sqs_standard_request": 0.40 / _MILLION,
        "sqs_fifo_request": 0.50 / _MILLION,
        "sqs_fair_request_extra": 0.10 / _MILLION,  # a request that carries a MessageGroupId, on a standard queue
        "sns_standard_publish": 0.50 / _MILLION,
        "sns_fifo_publish": 0.30 / _MILLION,
        "sns_delivery_sqs": 0.0,
        "sns_delivery_lambda": 0.0,
        "sns_delivery_firehose": 0.19 / _MILLION,
        "sns_delivery_http": 0.60 / _MILLION,
        "sns_delivery_https": 0.60 / _MILLION,
        "sns_delivery_email": 2.00 / 100_000,
        "sns_delivery_email-json": 2.00 / 100_000,
        "sns_delivery_application": 0.50 / _MILLION,
        "sns_delivery_sms": 0.0,  # differs by country: not priced
        "sns_body_filter_gb": 0.09,
        "states_standard_transition": 25.00 / _MILLION,
        "states_express_request": 1.00 / _MILLION,
        "states_express_gb_second": 0.00001667,
    }
)

FREE_PER_MONTH: Final = MappingProxyType(
    {
        "sqs_requests": 1_000_000,
        "sns_publishes": 1_000_000,
        "sns_delivery_http": 100_000,
        "sns_delivery_https": 100_000,
        "sns_delivery_email": 1_000,
        "sns_delivery_application": 1_000_000,
        "states_standard_transitions": 4_000,
    }
)


def sqs_requests_for_bytes(size_b: int) -> int:
    """How many SQS requests a call with ``size_b`` bytes of payload counts as: each 64 KiB begun is one; 1 at least."""
    return max(1, ceil(size_b / SQS_PAYLOAD_UNIT_B))


def sns_requests_for_bytes(size_b: int) -> int:
    """How many SNS requests a publish of ``size_b`` bytes counts as."""
    return max(1, ceil(size_b / SNS_PAYLOAD_UNIT_B))


def sqs_cost_usd(requests: float, fifo: bool = False, for_tenants: float = 0) -> float:
    """The price of ``requests`` SQS requests, of which ``for_tenants`` carried a MessageGroupId to a standard queue."""
    each = PRICES_USD["sqs_fifo_request" if fifo else "sqs_standard_request"]
    return requests * each + for_tenants * PRICES_USD["sqs_fair_request_extra"]


def sns_publish_cost_usd(requests: float, fifo: bool = False) -> float:
    """The price of ``requests`` publishes of at most 64 KiB each."""
    return requests * PRICES_USD["sns_fifo_publish" if fifo else "sns_standard_publish"]


def sns_delivery_cost_usd(protocol: str, deliveries: float) -> float:
    """The price of successful deliveries over a protocol (``sqs``, ``lambda``, ``http``, …). Raises KeyError."""
    return deliveries * PRICES_USD[f"sns_delivery_{protocol}"]


def transitions_cost_usd(transitions: float, free: float = 0) -> float:
    """The price of state transitions of Standard machines; ``free`` of them are not billed."""
    return max(0.0, transitions - free) * PRICES_USD["states_standard_transition"]


def express_cost_usd(executions: float, seconds_each: float, memory_mb: float = 64) -> float:
    """The price of Express executions: requests, and time in steps of 100 ms times memory in steps of 64 MB."""
    steps = ceil(round(seconds_each * 1000, 6) / SFN_EXPRESS_DURATION_STEP_MS)
    billed_s = steps * SFN_EXPRESS_DURATION_STEP_MS / 1000
    billed_gb = max(1, ceil(memory_mb / SFN_EXPRESS_MEMORY_STEP_MB)) * SFN_EXPRESS_MEMORY_STEP_MB / 1024
    each = PRICES_USD["states_express_request"] + billed_s * billed_gb * PRICES_USD["states_express_gb_second"]
    return executions * each
