"""The picture of an architecture: laid out from the document alone, drawn from a simulation's view. Pure.

``lay_out`` gives the geometry, ``draw`` the whole SVG, ``draw_node`` and ``draw_link`` one part of it for a live page,
``draw_token`` one message, ``with_version`` a machine's node with another version of its definition, ``legend`` the
key, ``describe`` the same facts as a table.
"""

from courseapp.diagram.layout import lay_out
from courseapp.diagram.links import draw_link
from courseapp.diagram.model import Layout
from courseapp.diagram.picture import draw, draw_node, legend
from courseapp.diagram.tokens import draw_token
from courseapp.diagram.versions import with_version
from courseapp.diagram.words import Row, describe, summary

__all__ = [
    "Layout", "Row", "describe", "draw", "draw_link", "draw_node", "draw_token", "lay_out", "legend", "summary",
    "with_version",
]  # fmt: skip
