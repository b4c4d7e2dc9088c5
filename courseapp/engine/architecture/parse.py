"""From JSON values to an ``Architecture``."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from courseapp.engine.architecture.document import Architecture, Link, Node
from courseapp.engine.architecture.problems import InvalidArchitecture
from courseapp.engine.architecture.validate import validate


def parse(data: Any) -> Architecture:
    """The document that the JSON value ``data`` holds, sharing nothing with it.

    Raises ``InvalidArchitecture``, whose ``problems`` are all that is wrong, each with its JSON pointer.
    """
    problems = validate(data)
    if problems:
        raise InvalidArchitecture(problems)
    given = deepcopy(data)
    return Architecture(
        title=given.get("title", ""),
        nodes=tuple(
            Node(node["id"], node["kind"], node.get("label", ""), node.get("group"), node.get("parameters", {}))
            for node in given["nodes"]
        ),
        links=tuple(Link(link["from"], link["to"], link.get("parameters", {})) for link in given.get("links", [])),
        starts_at=given.get("starts_at", Architecture.__dataclass_fields__["starts_at"].default),
        version=given["version"],
    )
