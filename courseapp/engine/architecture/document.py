"""The architecture document: nodes and links as plain, immutable data.

A document says what exists and how it is set; what people do to it are commands, and what came of it is the journal.
Ids are unique; a link's id is ``from/to``. Parameters are kept as the JSON values that they were given as: AWS's
parameters under AWS's names and units, ours in snake_case with the unit in the name (``docs/formats.md``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    id: str
    kind: str
    label: str = ""
    group: str | None = None
    parameters: Parameters = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.label or self.id


@dataclass(frozen=True, slots=True)
class Link:
    source: str
    target: str
    parameters: Parameters = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.source}/{self.target}"


@dataclass(frozen=True, slots=True)
class Architecture:
    """A whole document. ``starts_at`` is the wall time (RFC 3339, UTC) of virtual 0."""

    title: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    starts_at: str = "2026-01-05T09:00:00Z"
    version: int = 1

    def node(self, node_id: str) -> Node:
        """The node of that id. Raises KeyError."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def has(self, node_id: str) -> bool:
        return any(node.id == node_id for node in self.nodes)

    def link(self, link_id: str) -> Link:
        """The link of that id (``from/to``). Raises KeyError."""
        for link in self.links:
            if link.id == link_id:
                return link
        raise KeyError(link_id)

    def links_from(self, node_id: str) -> Iterator[Link]:
        return (link for link in self.links if link.source == node_id)

    def links_to(self, node_id: str) -> Iterator[Link]:
        return (link for link in self.links if link.target == node_id)

    def with_node(self, node: Node) -> Architecture:
        """The document with ``node`` in place of the one of its id, or added at the end."""
        if self.has(node.id):
            return replace(self, nodes=tuple(node if old.id == node.id else old for old in self.nodes))
        return replace(self, nodes=(*self.nodes, node))

    def with_link(self, link: Link) -> Architecture:
        if any(old.id == link.id for old in self.links):
            return replace(self, links=tuple(link if old.id == link.id else old for old in self.links))
        return replace(self, links=(*self.links, link))

    def without_node(self, node_id: str) -> Architecture:
        return replace(
            self,
            nodes=tuple(node for node in self.nodes if node.id != node_id),
            links=tuple(link for link in self.links if node_id not in (link.source, link.target)),
        )

    def without_link(self, link_id: str) -> Architecture:
        return replace(self, links=tuple(link for link in self.links if link.id != link_id))

    def as_json(self) -> dict[str, Any]:
        """The document as JSON values, with empty fields left out."""
        return {
            "version": self.version,
            "title": self.title,
            "starts_at": self.starts_at,
            "nodes": [_node_as_json(node) for node in self.nodes],
            "links": [_link_as_json(link) for link in self.links],
        }


def _node_as_json(node: Node) -> dict[str, Any]:
    values: dict[str, Any] = {"id": node.id, "kind": node.kind}
    if node.label:
        values["label"] = node.label
    if node.group:
        values["group"] = node.group
    if node.parameters:
        values["parameters"] = dict(node.parameters)
    return values


def _link_as_json(link: Link) -> dict[str, Any]:
    values: dict[str, Any] = {"from": link.source, "to": link.target}
    if link.parameters:
        values["parameters"] = dict(link.parameters)
    return values
