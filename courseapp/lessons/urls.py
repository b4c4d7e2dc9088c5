from django.urls import URLPattern, URLResolver, path

from courseapp.lessons import views, views_lab

app_name = "lessons"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("hero/", views.hero, name="hero"),
    path("stops/<slug:slug>/", views.stop, name="stop"),
    path("labs/", views.labs, name="labs"),
    path("labs/<slug:slug>/", views_lab.lab, name="lab"),
    path("labs/<slug:slug>/notes/", views.notes, name="notes"),
    path("labs/<slug:slug>/acts/<int:number>/", views_lab.act, name="act"),
    path("labs/<slug:slug>/facts/", views_lab.facts, name="facts"),
    path("labs/<slug:slug>/done/", views_lab.done, name="done"),
    path("labs/<slug:slug>/predictions/<slug:prediction>/", views_lab.predict, name="predict"),
    path("glossary/", views.glossary, name="glossary"),
    path("glossary/<slug:slug>/", views.term, name="term"),
    path("progress/forget/", views.forget, name="forget"),
]
