"""A socket that sends at once what it can.

As it comes, Twisted puts what is written into a buffer, has the loop watch the connection, writes in the loop's next
round and has it watched no more: for one frame to one viewer that is more than half of all the work. Nearly always the
system takes the frame there and then. What it does not take goes the usual way, and so does all that follows until
that is through.
"""

from __future__ import annotations

from typing import Any

from daphne.ws_protocol import WebSocketProtocol


class PromptSocket(WebSocketProtocol):  # type: ignore[misc]  # published without types
    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        if not (sync or chopsize or self.send_queue) and _takes_more(self.transport):
            taken = self.transport.writeSomeData(data)
            if taken == len(data):
                self.trafficStats.outgoingOctetsWireLevel += taken
                return
            if isinstance(taken, int) and taken > 0:
                data = data[taken:]
        super().sendData(data, sync, chopsize)


def _takes_more(transport: Any) -> bool:
    """Whether it is an open connection on which nothing waits to be written; one that cannot be asked is none."""
    waiting = transport.dataBuffer or getattr(transport, "_tempDataBuffer", True)
    return bool(transport.connected and not (waiting or transport.disconnecting or transport.TLS))
