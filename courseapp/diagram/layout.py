"""From a document to a picture's geometry: where each node stands and how each edge runs (``passes``).

A wide picture is laid out in several ways, and the one is taken that a laptop's stage shows largest.
"""

from __future__ import annotations

from collections.abc import Mapping

from courseapp.diagram.model import Layout
from courseapp.diagram.passes import Pass
from courseapp.engine.architecture.document import Architecture

COMFORTABLE = 960.0  # a stage of 768 px, scaled to 0.8; wider pictures are drawn again with smaller nodes
LOW = 640.0  # what a stage of 512 px shows, scaled to 0.8; frames one above another that are higher are drawn lower
STAGE = (768.0, 440.0)  # what a laptop shows beside lesson and inspector
LESS = 0.95  # low machines have to be worth it


def lay_out(architecture: Architecture, narrow: bool = False) -> Layout:
    """The picture's geometry: left to right, or top to bottom and 358 wide with ``narrow``.

    It depends on the document alone, so that nothing moves while a lab runs and callers can keep the answer. Works for
    every document, also for one with problems: links to nodes that don't exist are left out.
    """
    if narrow:
        return Pass(architecture, narrow).layout()
    machines = sum(node.kind == "state_machine" and not node.group for node in architecture.nodes)
    ways: list[dict[str, bool]] = [{}]
    if machines:
        ways += [{"low": True}]
    if machines > 1:
        ways += [{"beside": True}, {"beside": True, "low": True}]
    pictures = [(_wide(architecture, way), way) for way in ways]
    return max(pictures, key=lambda each: min(1.0, _scale(each[0])) * (LESS if each[1].get("low") else 1.0))[0]


def _wide(architecture: Architecture, way: Mapping[str, bool]) -> Layout:
    picture = Pass(architecture, narrow=False, **way).layout()
    if picture.frames and picture.height > LOW:
        lower = Pass(architecture, narrow=False, low=True).layout()
        picture = lower if lower.height < picture.height else picture
    if picture.width > COMFORTABLE:
        narrower = Pass(architecture, narrow=False, compact=True, **way).layout()
        picture = narrower if not picture.frames or narrower.height <= picture.height else picture
    return picture


def _scale(picture: Layout) -> float:
    """How large a picture is drawn on the stage of a laptop."""
    return min(STAGE[0] / picture.width, STAGE[1] / picture.height)
