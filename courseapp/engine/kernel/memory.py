"""What the parts of a run hold in memory of the large values that were made in it.

Whoever makes one says so, with its weight: about the bytes that it takes. What is handed on unchanged weighs nothing.
Holders that have ended are let go, the oldest first, when all that is held together outgrows its room. What is still
needed must not outgrow a larger one, nor what is made in one millisecond, which the journal holds until it is drained:
then the run cannot go on. Weights are counted, never measured, so that each run of a document does the same.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

from courseapp.engine.kernel.backstop import CannotGoOn

MB = 1_000_000
ROOM = 64 * MB
MOST_HELD = 128 * MB
MOST_AT_ONCE = 256 * MB


class Holder(Protocol):
    """``made`` weighs what it holds."""

    made: int

    def described(self) -> str: ...


class Ending(Holder, Protocol):
    """One that ends, and can then be let go: it drops all that it holds."""

    uid: int

    def let_go(self) -> None: ...


class TooMuchMade(CannotGoOn):
    """More was made than a run may hold."""

    def __init__(self, says: str) -> None:
        super().__init__(f"{says} Make less, or hand on where something large is stored instead of the thing itself.")


class Memory:
    """``made`` is all that was ever made; ``held`` is what holders still hold of it."""

    def __init__(self) -> None:
        self.made = self.held = 0
        self._ended: OrderedDict[int, Ending] = OrderedDict()  # by uid, the oldest first
        self._now_ms = self._made_before = 0

    def make(self, holder: Holder, weight: int, now_ms: int) -> None:
        """Something of that weight was made, and stays with its holder. Raises TooMuchMade."""
        if now_ms != self._now_ms:
            self._now_ms, self._made_before = now_ms, self.made
        holder.made += weight
        self.made += weight
        self.held += weight
        if self.held > ROOM:
            self._make_room()
            if self.held > MOST_HELD:
                who = holder.described() if 2 * holder.made > MOST_HELD else "What runs at once here"
                raise TooMuchMade(f"{who} holds more than {MOST_HELD // MB} MB of data.")
        if self.made - self._made_before > MOST_AT_ONCE:
            raise TooMuchMade(f"More than {MOST_AT_ONCE // MB} MB of data was made at {now_ms} ms.")

    def ended(self, holder: Ending, weight: int) -> None:
        """It can be let go from now on; what happened in it weighs as much beside what it made."""
        holder.made += weight
        self.held += weight
        self._ended[holder.uid] = holder
        if self.held > ROOM:
            self._make_room()

    def goes_on(self, holder: Ending) -> None:
        """It had ended, and does so no more."""
        self._ended.pop(holder.uid, None)

    def drop_all(self, holder: Ending) -> None:
        """It is let go."""
        self._ended.pop(holder.uid, None)
        self.drop(holder, holder.made)

    def drop(self, holder: Holder, weight: int) -> None:
        """It holds so much less."""
        holder.made -= weight
        self.held -= weight

    def _make_room(self) -> None:
        while self._ended and self.held > ROOM:
            _, oldest = self._ended.popitem(last=False)
            oldest.let_go()
