"""A socket that sends at once: nothing is lost, doubled or overtaken, however little the system takes at a time."""

from collections import deque
from typing import Any

import pytest
from autobahn.websocket.protocol import TrafficStats
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import main
from twisted.internet.abstract import FileDescriptor

from courseapp.web.sending import PromptSocket


class Watching:
    """As much of a reactor as a connection needs: whether it wants to be told when it may write."""

    def __init__(self) -> None:
        self.writers: set[Any] = set()

    def addWriter(self, writer: Any) -> None:
        self.writers.add(writer)

    def removeWriter(self, writer: Any) -> None:
        self.writers.discard(writer)


class Connection(FileDescriptor):
    """Twisted's own, to a system that takes ``room`` more bytes."""

    TLS = False

    def __init__(self, room: int) -> None:
        super().__init__(Watching())  # type: ignore[arg-type]
        self.connected, self.room, self.came, self.broken = 1, room, b"", False

    def writeSomeData(self, data: bytes) -> int | BaseException:
        if self.broken:
            return main.CONNECTION_LOST
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.came += taken
        return len(taken)

    def turn(self) -> None:
        """The loop comes round."""
        if self in self.reactor.writers:  # type: ignore[attr-defined]
            self.doWrite()


def on(connection: Connection) -> PromptSocket:
    socket = PromptSocket()
    socket.transport, socket.send_queue, socket.trafficStats = connection, deque(), TrafficStats()
    socket.state, socket.peer, socket.logOctets = socket.STATE_OPEN, "viewer", False
    return socket


frame = st.binary(min_size=3, max_size=12)
steps = st.lists(frame | st.integers(1, 9) | st.none(), min_size=4, max_size=30)


@given(st.integers(0, 9), steps)
def test_everything_comes_once_and_in_order(room: int, steps: list[bytes | int | None]) -> None:
    """Frames are sent, the system gets room for more, and the loop comes round, in any order."""
    connection = Connection(room)
    socket = on(connection)
    for step in steps:
        if isinstance(step, bytes):
            socket.sendData(step)
        elif step is None:
            connection.turn()
        else:
            connection.room += step
    connection.room = 1_000
    connection.turn()
    assert connection.came == b"".join(step for step in steps if isinstance(step, bytes))
    assert not connection.reactor.writers  # type: ignore[attr-defined]


def test_what_the_system_takes_at_once_needs_no_second_round() -> None:
    connection = Connection(100)
    on(connection).sendData(b"frame")
    assert connection.came == b"frame" and not connection.reactor.writers  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["broken", "disconnecting", "TLS"])
def test_a_connection_that_is_broken_or_ends_or_is_encrypted_is_left_to_twisted(name: str) -> None:
    connection = Connection(100)
    setattr(connection, name, True)
    on(connection).sendData(b"frame")
    assert connection.came == b"" and connection in connection.reactor.writers  # type: ignore[attr-defined]
