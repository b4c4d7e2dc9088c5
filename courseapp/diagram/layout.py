"""From a document to a picture's geometry: where each node stands and how each edge runs (``passes``).

A wide picture is laid out in several ways, and the one is taken of which a laptop's stage shows most while its
smallest words stay readable there. Frames stand one above another; where that is too high, they are tried side by side.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from courseapp.diagram.beside import side_by_side
from courseapp.diagram.model import Layout
from courseapp.diagram.parts import packed, parts
from courseapp.diagram.passes import USUAL, Pass, Way
from courseapp.diagram.sizes import TIGHT
from courseapp.engine.architecture.document import Architecture

STAGE = (800.0, 440.0)  # what a laptop's stage shows of a picture with words of 12 px drawn at 11
LOW = 612.0  # frames one above another that are higher than this are drawn lower, or stand side by side
MOST_TRIED = 40  # nodes; a larger document is laid out in the usual way only
MOST_PARTS = 8  # of more there are too many ways to put them side by side
LESS = 0.98  # each step of drawing tighter or lower has to be worth it


def lay_out(architecture: Architecture, narrow: bool = False) -> Layout:
    """The picture's geometry: left to right, or top to bottom and 358 wide with ``narrow``.

    It depends on the document alone, so that nothing moves while a lab runs and callers can keep the answer. Works for
    every document, also for one with problems: links to nodes that don't exist are left out.
    """
    if narrow:
        return Pass(architecture, narrow).layout()
    best, most = None, 0.0
    for way in _ways(architecture):
        worth = LESS**way.steps
        if worth <= most:
            break
        for picture in _pictures(architecture, way):
            if best is None or worth * _shown(picture) > most:
                best, most = picture, worth * _shown(picture)
    assert best is not None
    return _in_a_row(architecture, best) if best.frames and best.height > LOW else best


def _in_a_row(architecture: Architecture, above: Layout) -> Layout:
    """The picture with its frames side by side, if a laptop's stage shows more of it than one ``above`` another."""
    best, most = above, _fits(above)
    for tight, picture in side_by_side(architecture):
        if LESS**tight * _fits(picture) > most:
            best, most = picture, LESS**tight * _fits(picture)
    return best


def _fits(picture: Layout) -> float:
    """How much of a picture a laptop's stage shows at once. It is scrolled down more easily than aside."""
    return min(1.0, STAGE[0] / picture.width) ** 4 * min(1.0, STAGE[1] / picture.height)


def _ways(architecture: Architecture) -> list[Way]:
    """Ways to lay a document out, the usual one first."""
    machines = sum(node.kind == "state_machine" and not node.group for node in architecture.nodes)
    low = started = (False, True) if machines else (False,)
    beside = (False, True) if machines > 1 else (False,)
    if len(architecture.nodes) > MOST_TRIED:
        return [USUAL]
    ways = itertools.starmap(Way, itertools.product(range(TIGHT + 1), low, beside, started))
    return sorted(ways, key=lambda way: way.steps)


def _pictures(architecture: Architecture, way: Way) -> Iterator[Layout]:
    """The document as one, and where nothing joins some of it, part by part."""
    yield _wide(architecture, way)
    apart = parts(architecture) if any(node.kind == "state_machine" for node in architecture.nodes) else ()
    if 1 < len(apart) <= MOST_PARTS:
        yield packed([_wide(part, way) for part in apart], _shown)


def _wide(architecture: Architecture, way: Way) -> Layout:
    picture = Pass(architecture, way=way).layout()
    if picture.frames and picture.height > LOW:
        lower = Pass(architecture, way=replace(way, low=True)).layout()
        picture = lower if lower.height < picture.height else picture
    return picture


def _shown(picture: Layout) -> float:
    """What counts of a picture: its width, and its height where machines make it so high that there is a choice."""
    chosen = not picture.frames and any(node.workflow for node in picture.nodes.values())
    return _fits(picture) if chosen else min(1.0, STAGE[0] / picture.width) ** 4
