"""The acts of a lab: the same lab told more than once, each time with something changed in its document."""

from __future__ import annotations

from dataclasses import dataclass

from courseapp.engine.architecture import Architecture, parse
from courseapp.lessons.content import LabContent
from courseapp.lessons.variants import apply_variant


@dataclass(frozen=True, slots=True)
class Act:
    title: str
    architecture: Architecture
    speed: float | str


def acts_of(this: LabContent) -> list[Act]:
    """In the order in which they are told; none for a lab that is told once."""
    return [
        _act(this, each["title"], each["variant"], each.get("speed", this.lab["speed"]))
        for each in this.lab.get("acts", ())
    ]


def _act(this: LabContent, title: str, variant: dict[str, object], speed: float | str) -> Act:
    document, _ = apply_variant(this.architecture.as_json(), (), variant)
    return Act(title, parse(document), speed)
