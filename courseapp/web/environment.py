"""Readers of environment variables. A value that makes no sense stops the start: a slip must not become a default."""

import os

from django.core.exceptions import ImproperlyConfigured

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")


def text(name: str, default: str = "") -> str:
    """The variable without spaces around it; unset and empty both mean the default."""
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name).lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    if value:
        raise ImproperlyConfigured(f"{name}={value!r}: write one of {', '.join(TRUE + FALSE)}.")
    return default


def integer(name: str, default: int, *, least: int, most: int) -> int:
    value = text(name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise ImproperlyConfigured(f"{name}={value!r}: write a whole number from {least} to {most}.")
    return int(value)


def listing(name: str, default: str = "") -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
