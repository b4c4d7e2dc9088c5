"""What result writers and tasks have put into the lab's object store. It stays until it is deleted or written over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseapp.engine.states.jsontext import weight

if TYPE_CHECKING:
    from courseapp.engine.kernel import Kernel

OBJECT_WEIGHT = 300  # of an object's name and place


class Written:
    """``objects``: ``bucket/key`` to content."""

    def __init__(self, kernel: Kernel, machine: str) -> None:
        self.kernel = kernel
        self.machine = machine
        self.objects: dict[str, Any] = {}
        self.made = 0  # see ``kernel.memory``

    def put(self, name: str, content: Any) -> None:
        """Raises TooMuchMade."""
        self.delete(name)
        self.objects[name] = content
        self.kernel.memory.make(self, OBJECT_WEIGHT + weight(content), self.kernel.now_ms)

    def delete(self, name: str) -> None:
        if name in self.objects:
            self.kernel.memory.drop(self, OBJECT_WEIGHT + weight(self.objects.pop(name)))

    def clear(self) -> None:
        self.objects = {}
        self.kernel.memory.drop(self, self.made)

    def described(self) -> str:
        return f"The object store of the state machine '{self.machine}'"
