"""Addresses of showing a lab to others. ``/live/<code>/`` is what the QR picture holds."""

from django.urls import URLPattern, URLResolver, path, register_converter

from courseapp.rooms import views


class Code:
    """Six digits, kept as text: the first may be 0."""

    regex = "[0-9]{6}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Code, "room_code")

app_name = "rooms"
urlpatterns: list[URLPattern | URLResolver] = [
    path("live/host/<slug:slug>/", views.host, name="host"),
    path("live/join/", views.join, name="join"),
    path("live/<room_code:code>/", views.live, name="live"),
    path("live/<room_code:code>/close/", views.close, name="close"),
    path("live/<room_code:code>/following/", views.following, name="following"),
]
