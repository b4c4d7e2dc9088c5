"""A run as SVG: the diagram of a document, laid out once, drawn whole or one part at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from courseapp.diagram import Layout, draw, draw_link, draw_node, lay_out, with_version
from courseapp.engine.architecture import Architecture
from courseapp.engine.messages import compact

MOST_LAYOUTS = 256

View = Mapping[str, Any]

_layouts: OrderedDict[tuple[str, bool], Layout] = OrderedDict()


def layout_of(architecture: Architecture, narrow: bool = False) -> Layout:
    """The layout of a document, left to right or, for phones, top to bottom; equal documents share one."""
    key = (compact(architecture.as_json()), narrow)
    layout = _layouts.get(key)
    if layout is None:
        layout = _layouts[key] = lay_out(architecture, narrow=narrow)
        if len(_layouts) > MOST_LAYOUTS:
            _layouts.popitem(last=False)
    _layouts.move_to_end(key)
    return layout


class Drawing:
    def __init__(self, architecture: Architecture, narrow: bool = False) -> None:
        self.architecture = architecture
        self.layout = layout_of(architecture, narrow)

    def whole(self, view: View, now_ms: int) -> str:
        """The SVG of everything, as ``Simulation.view()`` has it."""
        return draw(self.layout, self.architecture, view["nodes"], view["links"], now_ms)

    def node(self, node_id: str, seen: View, now_ms: int) -> str:
        """The SVG of one node."""
        return draw_node(self.layout, self.architecture, node_id, seen, now_ms)

    def machine(self, node_id: str, seen: View, now_ms: int, definition: Any, version: str) -> str:
        """The SVG of a state machine with the graph of an earlier version of its definition."""
        picture = with_version(self.layout, node_id, definition, version)
        return draw_node(picture, self.architecture, node_id, seen, now_ms)

    def link(self, link_id: str, seen: View) -> str:
        """The SVG of one link."""
        return draw_link(self.layout, self.architecture, link_id, seen)
