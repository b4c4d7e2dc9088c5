"""Addresses: each app brings its own."""

from django.urls import include, path

from courseapp.web.views import architecture_schema, favicon

urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),
    path("schema/architecture.json", architecture_schema, name="architecture-schema"),
    path("", include("courseapp.lessons.urls")),
    path("", include("courseapp.labs.urls")),
    path("", include("courseapp.quizzes.urls")),
    path("", include("courseapp.rooms.urls")),
]

handler400 = "courseapp.web.errors.bad_request"
handler403 = "courseapp.web.errors.permission_denied"
handler404 = "courseapp.web.errors.page_not_found"
handler500 = "courseapp.web.errors.server_error"
