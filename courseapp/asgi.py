"""The ASGI application: pages through Django, sockets through Channels."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "courseapp.settings")
pages = get_asgi_application()  # sets Django up, so it comes before anything that imports models

from courseapp.labs.routing import websocket_urlpatterns as to_labs  # noqa: E402
from courseapp.rooms.routing import websocket_urlpatterns as to_rooms  # noqa: E402


async def no_such_socket(scope: Any, receive: Any, send: Any) -> None:
    """Refuse a socket whose address nobody serves; the browser sees a handshake answered with 403."""
    await receive()
    await send({"type": "websocket.close"})


nowhere = re_path("", no_such_socket)  # type: ignore[arg-type]  # Channels routes to ASGI applications, not views
application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": AllowedHostsOriginValidator(URLRouter([*to_labs, *to_rooms, nowhere])),
    }
)
