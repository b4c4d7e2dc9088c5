"""Other processes that have to do with a lab, as seen from here: the one that runs it, and those that show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from courseapp.labs.frames import Frame
from courseapp.labs.host import Answer

if TYPE_CHECKING:
    from courseapp.labs.hub import Hub


class Remote:
    """The host of a lab in another process, as seen from here."""

    def __init__(self, hub: Hub, lab_id: str, epoch: int) -> None:
        self.hub = hub
        self.lab_id = lab_id
        self.epoch = epoch

    async def ask(self, frame: Frame, may_control: bool, at_once: Callable[[Answer], None] | None = None) -> Answer:
        """As ``Host.ask``; raises Refused also if nobody answers."""
        return await self.hub.ask_owner(self.lab_id, frame, may_control, at_once)


@dataclass(frozen=True, slots=True)
class Listener:
    """Another process that shows this lab to so many viewers, and when it was last heard of."""

    heard_s: float
    viewers: int
