"""Figures that follow from the numbers alone, without a run, under the names by which a lab's claims ask for them.

A claim says ``{"value": name, "arguments": [...] or {...}, "is": figure}``; ``VALUES`` has every name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from types import MappingProxyType
from typing import Any, Final

from courseapp.engine.limits import prices, retries, sns, sqs, states

__all__ = ["VALUES", "message_size_bytes", "run_less_value", "sms_parts", "sqs_empty_receives_a_day"]

# GSM 03.38: the basic alphabet, and the characters that take two places.
_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")


def message_size_bytes(body: str, attributes: Mapping[str, Mapping[str, Any]] | None = None) -> int:
    """What counts towards ``MaximumMessageSize``: the body as UTF-8 and every attribute's name, type and value.

    ``attributes`` is in AWS's form, ``{name: {"DataType": …, "StringValue": …}}``; a ``BinaryValue`` is Base64 text and
    counts with the bytes that it stands for.
    """
    size = _utf8(body)
    for name, attribute in (attributes or {}).items():
        size += _utf8(name) + _utf8(str(attribute.get("DataType", "")))
        if "BinaryValue" in attribute:
            binary = str(attribute["BinaryValue"])
            size += len(binary) * 3 // 4 - binary[-2:].count("=")
        else:
            size += _utf8(str(attribute.get("StringValue", "")))
    return size


def _utf8(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def sms_parts(text: str) -> int:
    """How many SMS parts a text takes: 160 characters each in the GSM alphabet, else 70 units of UCS-2."""
    if all(character in _GSM_BASIC or character in _GSM_EXTENDED for character in text):
        places = sum(2 if character in _GSM_EXTENDED else 1 for character in text)
        return max(1, ceil(places / sns.SNS_SMS_PART_GSM_CHARACTERS))
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return ceil(units / sns.SNS_SMS_PART_UCS2_CHARACTERS)


def sqs_empty_receives_a_day(interval_seconds: float) -> int:
    """How many receives a consumer makes in a day at an empty queue when one begins every ``interval_seconds``."""
    return round(86_400 / interval_seconds)


def _number(name: str) -> int | float:
    """One number by its name, such as ``SQS_DELAY_MAX_S``. Raises KeyError."""
    for module in (sqs, sns, states):
        figure = vars(module).get(name)
        if isinstance(figure, int | float):
            return figure
    raise KeyError(name)


def _retry_total_s(policy: Mapping[str, Any] | None = None) -> float:
    return retries.retry_phases(policy).total_ms() / 1000


def _retry_count(protocol: str) -> int:
    return retries.SNS_RETRY_PHASES[protocol].retries


def _retry_days(protocol: str) -> float:
    return retries.SNS_RETRY_PHASES[protocol].total_ms() / 86_400_000


def _price(name: str) -> float:
    return prices.PRICES_USD[name]


VALUES: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "limit": _number,
        "price_usd": _price,
        "message_size_bytes": message_size_bytes,
        "sms_parts": sms_parts,
        "sqs_requests_for_bytes": prices.sqs_requests_for_bytes,
        "sns_requests_for_bytes": prices.sns_requests_for_bytes,
        "sqs_empty_receives_a_day": sqs_empty_receives_a_day,
        "sqs_cost_usd": prices.sqs_cost_usd,
        "sns_publish_cost_usd": prices.sns_publish_cost_usd,
        "sns_delivery_cost_usd": prices.sns_delivery_cost_usd,
        "transitions_cost_usd": prices.transitions_cost_usd,
        "express_cost_usd": prices.express_cost_usd,
        "retry_times": retries.retry_times,
        "retry_total_seconds": _retry_total_s,
        "retry_count": _retry_count,
        "retry_days": _retry_days,
    }
)


def run_less_value(name: str, arguments: list[Any] | Mapping[str, Any] | None = None) -> Any:
    """The figure that a claim names. Raises KeyError for an unknown name, TypeError for arguments that do not fit."""
    function = VALUES[name]
    if isinstance(arguments, Mapping):
        return function(**arguments)
    return function(*(arguments or []))
