"""The document as JSON Schema (2020-12), made from the same tables as the validation.

``SCHEMA`` says what a schema can say: shapes, names, ranges, which parameters a kind has. Which links join which kinds,
ids that must exist, and rules across parts are ``validate``'s alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from courseapp.engine.architecture.kinds import KINDS
from courseapp.engine.architecture.links import LINKS
from courseapp.engine.architecture.policies import NODE_ID
from courseapp.engine.architecture.tables import READ_ONLY, Parameter, Parameters
from courseapp.engine.architecture.validate import (
    GROUP,
    ID_PATTERN,
    LABEL,
    LINKS_MAX,
    NODES_MAX,
    STARTS_AT_PATTERN,
    TITLE,
    VERSION,
)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = parameter.shape.schema()
    if isinstance(parameter.default, str | bool | int | float):
        schema["default"] = parameter.default
    if parameter.unit:
        schema["description"] = f"in {parameter.unit}"
    return schema


def _parameters(table: Parameters) -> dict[str, Any]:
    settable = [parameter for parameter in table.values() if parameter.settable != READ_ONLY]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {parameter.name: _parameter(parameter) for parameter in settable},
        "additionalProperties": False,
    }
    needed = [parameter.name for parameter in settable if parameter.required]
    return {**schema, "required": needed} if needed else schema


def _node_of_kind(kind: str, table: Parameters) -> dict[str, Any]:
    needs = ["parameters"] if any(parameter.required for parameter in table.values()) else []
    then: dict[str, Any] = {"properties": {"parameters": {"$ref": f"#/$defs/{kind}"}}}
    if needs:
        then["required"] = needs
    return {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": then}


def _link_parameters(tables: Iterable[Parameters]) -> dict[str, Any]:
    """All parameters that some link may have; where two tables differ, either will do."""
    shapes: dict[str, list[dict[str, Any]]] = {}
    for table in tables:
        for parameter in table.values():
            schema = _parameter(parameter)
            known = shapes.setdefault(parameter.name, [])
            if parameter.settable != READ_ONLY and schema not in known:
                known.append(schema)
    properties = {name: known[0] if len(known) == 1 else {"anyOf": known} for name, known in shapes.items() if known}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _document() -> dict[str, Any]:
    node_id = {"type": "string", "pattern": ID_PATTERN}
    node = {
        "type": "object",
        "properties": {
            "id": node_id,
            "kind": {"enum": list(KINDS)},
            "label": LABEL.schema(),
            "group": {"anyOf": [GROUP.schema(), {"type": "null"}]},
            "parameters": {"type": "object"},
        },
        "required": ["id", "kind"],
        "additionalProperties": False,
        "allOf": [_node_of_kind(kind, table) for kind, table in KINDS.items()],
    }
    link = {
        "type": "object",
        "properties": {
            "from": NODE_ID.schema(),
            "to": NODE_ID.schema(),
            "parameters": _link_parameters(LINKS.values()),
        },
        "required": ["from", "to"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "App Integration Lab: an architecture",
        "type": "object",
        "properties": {
            "version": {"const": VERSION},
            "title": TITLE.schema(),
            "starts_at": {"type": "string", "pattern": STARTS_AT_PATTERN},
            "nodes": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": NODES_MAX},
            "links": {"type": "array", "items": {"$ref": "#/$defs/link"}, "maxItems": LINKS_MAX},
        },
        "required": ["version", "nodes"],
        "additionalProperties": False,
        "$defs": {"node": node, "link": link, **{kind: _parameters(table) for kind, table in KINDS.items()}},
    }


SCHEMA: Final[dict[str, Any]] = _document()
