"""The addresses of the labs' sockets."""

from django.urls import URLPattern, re_path

from courseapp.labs.socket import LabSocket

websocket_urlpatterns: list[URLPattern] = [
    re_path(r"^ws/labs/(?P<lab_id>[A-Za-z0-9_-]{1,64})/$", LabSocket.as_asgi()),
]
