"""Addresses of started labs: pages and fragments that need no script. The page around a lab's stage is the lesson's."""

from django.urls import URLPattern, URLResolver, path, register_converter

from courseapp.labs import views, views_workflow


class LabId:
    """22 letters of URL-safe base64."""

    regex = r"[A-Za-z0-9_-]{22}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(LabId, "lab")

app_name = "labs"
urlpatterns: list[URLPattern | URLResolver] = [
    path("runs/start/", views.start, name="start"),
    path("definitions/check/", views_workflow.check_definition, name="check-definition"),
    path("definitions/<slug:slug>/<str:node_id>/", views_workflow.definition, name="definition"),
    path("runs/<lab:lab_id>/", views.show, name="show"),
    path("runs/<lab:lab_id>/do/", views.do, name="do"),
    path("runs/<lab:lab_id>/messages/<int:uid>/", views.message, name="message"),
    path("runs/<lab:lab_id>/nodes/<str:node_id>/", views.node, name="node"),
    path("runs/<lab:lab_id>/nodes/<str:node_id>/history/", views_workflow.history, name="history"),
    path("runs/<lab:lab_id>/table/", views.table, name="table"),
    path("runs/<lab:lab_id>/journal/", views.journal, name="journal"),
]
