"""The account and the region that all labs lie in, and the names of AWS that are made of them."""

from __future__ import annotations

from courseapp.engine import limits

ACCOUNT = "123456789012"
REGION = limits.PRICES_REGION


def arn(service: str, resource: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"
