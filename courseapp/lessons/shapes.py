"""What the parts of a ``lab.json`` must hold: fields and the types of their values, as tables.

The loader of the course reads these; a field that is missing, unknown or of the wrong type is named with its place,
such as ``predictions[0].options[2]: explains is missing``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Kinds = type | tuple[type, ...]

NUMBER: Final = (int, float)
SPEED: Final = (int, float, str)

STOP: Final[Mapping[str, Kinds]] = {
    "number": int,
    "title": str,
    "summary": str,
    "minutes": int,
    "services": list,
    "labs": list,
}
LAB: Final[Mapping[str, Kinds]] = {
    "slug": str,
    "title": str,
    "seed": int,
    "speed": SPEED,
    "opens_at_seconds": NUMBER,
    "opening": dict,
    "script": list,
    "controls": list,
    "buttons": list,
    "predictions": list,
    "claims": list,
}

# For each kind of part: the fields that it must have, and those that it may have. An optional field begins with "?".
PARTS: Final[Mapping[str, Mapping[str, Kinds]]] = {
    "opening": {"variant": dict, "commands": list, "from_seconds": NUMBER, "to_seconds": NUMBER, "speed": SPEED},
    "acts": {"title": str, "variant": dict, "?speed": SPEED},
    "controls": {
        "label": str, "target": str, "parameter": str, "from": str,
        "?kind": str, "?options": list, "?min": NUMBER, "?max": NUMBER, "?step": NUMBER, "?unit": str,
        "?also": list, "?offset": NUMBER, "?bytes_of": str,
    },
    "buttons": {
        "key": str, "label": str, "commands": list, "?toggle": list, "?toggle_label": str, "?goes_to": dict,
    },
    "predictions": {
        "id": str, "asks": str, "kind": str, "answer": dict,
        "?also": bool, "?variant": dict, "?until_seconds": NUMBER, "?stops_at_seconds": NUMBER, "?your_turn": dict,
        "?unit": str, "?tolerance": NUMBER, "?options": list, "?explains": str, "?near_misses": list,
    },
    "your_turn": {"?at_seconds": NUMBER, "button": str},
    "options": {"says": str, "right": bool, "explains": str, "?belief": str, "?counter": dict},
    "near_misses": {"value": NUMBER, "says": str, "?belief": str, "?counter": dict},
    "claims": {"id": str, "says": str, "checks": list, "?until_seconds": NUMBER, "?variant": dict},
    "unasserted": {"id": str, "says": str, "why": str},
}  # fmt: skip

# What a control needs besides, by its kind; a range has no kind.
CONTROLS: Final[Mapping[str, tuple[str, ...]]] = {
    "range": ("min", "max", "step", "unit"),
    "choice": ("options",),
    "text": (),
    "json": (),
}
PREDICTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "choice": ("options",),
    "number": ("explains", "near_misses", "unit"),
}
OPTIONAL_LAB: Final[Mapping[str, Kinds]] = {"acts": list, "unasserted": list, "shows_data": bool}


def problems_of_stop(values: Mapping[str, Any]) -> Iterator[str]:
    yield from _fields("", values, STOP)


def problems_of_lab(values: Mapping[str, Any]) -> Iterator[str]:
    """All that is wrong with a ``lab.json``, each with its place."""
    yield from _fields("", values, {**LAB, **{f"?{name}": kind for name, kind in OPTIONAL_LAB.items()}})
    for name, part in values.items():
        if name in PARTS:
            yield from _parts(name, name, part)


def _parts(place: str, name: str, part: Any) -> Iterator[str]:
    """A part, or each of a list of parts, and the parts inside."""
    if isinstance(part, list):
        for at, each in enumerate(part):
            yield from _parts(f"{place}[{at}]", name, each)
    elif not isinstance(part, dict):
        yield f"{place}: must be an object, not {part!r}"
    else:
        yield from _fields(f"{place}: ", part, PARTS[name])
        yield from _by_kind(place, name, part)
        for inner in ("options", "near_misses"):
            if name == "predictions" and inner in part:
                yield from _parts(f"{place}.{inner}", inner, part[inner])


def _by_kind(place: str, name: str, part: Mapping[str, Any]) -> Iterator[str]:
    table = {"controls": CONTROLS, "predictions": PREDICTIONS}.get(name)
    if table is None:
        return
    kind = part.get("kind", "range")
    if kind not in table:
        yield f"{place}: kind is one of {', '.join(table)}, not {kind!r}"
    for needed in table.get(kind, ()):
        if needed not in part:
            yield f"{place}: {needed} is missing"


def _fields(place: str, values: Mapping[str, Any], fields: Mapping[str, Kinds]) -> Iterator[str]:
    known = {name.removeprefix("?") for name in fields}
    for name in values:
        if name not in known:
            yield f"{place}has no field {name!r}; known are {', '.join(sorted(known))}"
    for name, kind in fields.items():
        plain = name.removeprefix("?")
        if plain not in values:
            if plain == name:
                yield f"{place}{plain} is missing"
        elif not _is(values[plain], kind):
            yield f"{place}{plain} is of the wrong type ({values[plain]!r})"


def _is(value: Any, kind: Kinds) -> bool:
    """``isinstance``, where a boolean is no number."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind)
