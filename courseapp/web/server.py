"""Daphne that lets the application say goodbye.

As it comes, Daphne cancels every consumer when it is told to stop: clients are cut off without a word, and background
tasks get nothing. Here the hooks of `courseapp.web.shutdown` run first, with sockets still open. Importing this module
installs Twisted's reactor.
"""

import asyncio
import gc
from collections.abc import Callable
from typing import Any

from channels.routing import get_default_application
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from twisted.internet import defer, reactor

from courseapp.web import shutdown
from courseapp.web.database import kept_open
from courseapp.web.hosts import announcement
from courseapp.web.sending import PromptSocket

CLOSE_TIMEOUT_S = 2
MOST_FRAME_BYTES = 1_048_576  # a last line of defence; each consumer has a lower limit of its own


class GracefulServer(Server):  # type: ignore[misc]  # published without types
    """Calls `listening(host, port)` once it listens; `failed` afterwards tells whether it never did."""

    def __init__(self, *args: Any, listening: Callable[[str, int], object], **options: Any) -> None:
        super().__init__(*args, **options)
        self.listening = listening
        self.failed = False

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self.ws_factory.protocol = PromptSocket
        reactor.callWhenRunning(self.listening, *self.listening_addresses[-1])  # signals are heeded from then on

    def listen_error(self, failure: Any) -> None:
        self.failed = True
        self.stop()

    def kill_all_applications(self) -> Any:
        goodbye = defer.Deferred.fromFuture(asyncio.ensure_future(shutdown.run_all()))
        return goodbye.addBoth(lambda _: super(GracefulServer, self).kill_all_applications())


def serve(host: str, port: int, say: Callable[[str], object]) -> bool:
    """Serve until told to stop (SIGTERM or Ctrl-C). False if it could not listen."""
    server = GracefulServer(
        application=get_default_application(),  # by name, from the settings: it stands on a higher floor
        endpoints=build_endpoint_description_strings(host=host, port=port),
        listening=lambda host, port: say(announcement(host, port)),
        application_close_timeout=CLOSE_TIMEOUT_S,
        websocket_max_message_size=MOST_FRAME_BYTES,
        websocket_max_frame_size=MOST_FRAME_BYTES,
        verbosity=0,
    )
    gc.collect()
    gc.freeze()  # what is loaded by now stays: no later search for garbage need look at it again
    with kept_open():
        server.run()
    return not server.failed
