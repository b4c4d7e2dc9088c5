"""What a run must never come to, and how it is told: with a message that stops the run and enters no journal."""

from __future__ import annotations


class CannotGoOn(RuntimeError):
    """The run stands here for good; the message says why, to whoever made the document."""
