from django.urls import URLPattern, URLResolver, path, reverse_lazy
from django.views.generic import RedirectView

from courseapp.quizzes import views

app_name = "quizzes"
urlpatterns: list[URLPattern | URLResolver] = [
    path("scenarios/", RedirectView.as_view(url=reverse_lazy("lessons:stop", args=["scenarios"]))),
    path("scenarios/<slug:slug>/", views.show, name="scenario"),
    path("scenarios/<slug:slug>/parts/<int:part>/", views.answer, name="answer"),
    path("scenarios/<slug:slug>/attempts/", views.again, name="again"),
]
