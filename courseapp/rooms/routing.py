"""The addresses of the rooms' sockets."""

from django.urls import URLPattern, re_path

from courseapp.rooms.consumers import RoomSocket

websocket_urlpatterns: list[URLPattern] = [
    re_path(r"^ws/live/(?P<code>[0-9]{6})/$", RoomSocket.as_asgi()),
]
