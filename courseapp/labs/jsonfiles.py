"""Files that commands of the shell are given: their text, their JSON, one value a line. Errors are sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from courseapp.engine.states.jsontext import about_number


def text_of(path: Path | str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def json_of(path: Path | str) -> Any:
    return _value(str(path), text_of(path))


def lines_of(path: Path | str) -> Iterator[tuple[int, Any]]:
    """The value of each line that has one, with the line's number."""
    for number, line in enumerate(text_of(path).split("\n"), 1):  # JSON's texts may hold other ends of lines
        if line.strip():
            yield number, _value(f"{path}, line {number}", line)


def _value(where: str, text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise CommandError(f"{where} is nested too deep.") from None
    except ValueError as error:
        raise CommandError(f"{where} is no JSON: {about_number(error)}") from error
