"""A document with one thing changed: how a claim, an act or a counter-run says what is different from the lab itself.

``{"set": {"node or from/to": {parameter: value}}, "add": [node or link, …], "remove": [id, …], "script": [command,
…]}``. In ``set`` a dotted name reaches inside (``rates.0.messages_per_second``) and ``null`` removes. ``remove``
takes links of a removed node with it. ``script``, if there, replaces the commands. Everything is copied; nothing
given is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

Document = dict[str, Any]
Commands = list[dict[str, Any]]

FIELDS = ("set", "add", "remove", "script")


def apply_variant(
    document: Mapping[str, Any], script: Sequence[Mapping[str, Any]], variant: Mapping[str, Any] | None
) -> tuple[Document, Commands]:
    """The changed document and the commands to run it with. Raises ValueError that names what does not fit."""
    changed: Document = deepcopy(dict(document))
    changed.setdefault("links", [])
    variant = variant or {}
    for field in variant:
        if field not in FIELDS:
            raise ValueError(f"a variant has no field {field!r}; known are {', '.join(FIELDS)}")
    for thing_id in variant.get("remove", []):
        _remove(changed, thing_id)
    for thing in variant.get("add", []):
        changed["links" if "from" in thing else "nodes"].append(deepcopy(thing))
    for thing_id, values in variant.get("set", {}).items():
        parameters = _thing(changed, thing_id).setdefault("parameters", {})
        for name, value in values.items():
            set_inside(parameters, name, deepcopy(value))
    commands = variant.get("script", script)
    return changed, [deepcopy(dict(command)) for command in commands]


def joined(first: Mapping[str, Any] | None, second: Mapping[str, Any] | None) -> dict[str, Any]:
    """One variant that does what ``first`` does and then ``second``."""
    first, second = first or {}, second or {}
    both: dict[str, Any] = {"set": {thing_id: dict(values) for thing_id, values in first.get("set", {}).items()}}
    for thing_id, values in second.get("set", {}).items():
        both["set"].setdefault(thing_id, {}).update(values)
    both["add"] = [*first.get("add", []), *second.get("add", [])]
    both["remove"] = [*first.get("remove", []), *second.get("remove", [])]
    for variant in (first, second):
        if "script" in variant:
            both["script"] = variant["script"]
    return both


def set_inside(parameters: dict[str, Any], name: str, value: Any) -> None:
    """Set ``name`` (dots reach into objects and lists), or remove it where ``value`` is None. Raises ValueError."""
    *way, last = name.split(".")
    place: Any = parameters
    for step in way:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[_position(place, step, name)]
    if isinstance(place, dict):
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    elif value is None:
        del place[_position(place, last, name)]
    else:
        place[_position(place, last, name)] = value


def _position(place: Any, step: str, name: str) -> int:
    if not isinstance(place, list):
        raise ValueError(f"{name}: nothing can be set inside {place!r}")
    if not step.isdecimal() or int(step) >= len(place):
        raise ValueError(f"{name}: {step!r} is not a place in a list of {len(place)}")
    return int(step)


def _thing(document: Document, thing_id: str) -> dict[str, Any]:
    found: dict[str, Any]
    for found in document["nodes"]:
        if found["id"] == thing_id:
            return found
    for found in document["links"]:
        if f"{found['from']}/{found['to']}" == thing_id:
            return found
    raise ValueError(f"the document has no node or link {thing_id!r}")


def _remove(document: Document, thing_id: str) -> None:
    thing = _thing(document, thing_id)
    document["nodes"] = [node for node in document["nodes"] if node is not thing]
    document["links"] = [
        link for link in document["links"] if link is not thing and thing_id not in (link["from"], link["to"])
    ]
