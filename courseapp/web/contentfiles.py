"""Reading the files in which the course's content stands: a slip in one is told with its name, and what would be
right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from courseapp.web.typography import in_words


class ContentError(ValueError):
    """A file of the course is not as it must be: says which file, which field, and what would be right."""


def text_in(path: Path, where: object) -> str:
    """The text of a file, which errors call ``where``. Raises ContentError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise ContentError(f"{where}: cannot be read ({problem.strerror})") from problem
    except ValueError as problem:
        raise ContentError(f"{where}: {problem}") from problem


def object_in(path: Path, where: object) -> dict[str, Any]:
    """The JSON object of a file, with its apostrophes set. Raises ContentError."""
    text = text_in(path, where)
    try:
        values = in_words(json.loads(text))
    except ValueError as problem:
        raise ContentError(f"{where}: is not JSON ({problem})") from problem
    if not isinstance(values, dict):
        raise ContentError(f"{where}: must be a JSON object")
    return values
