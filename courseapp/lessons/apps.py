from django.apps import AppConfig


class LessonsConfig(AppConfig):
    name = "courseapp.lessons"

    def ready(self) -> None:
        from courseapp.labs.content import find_with, list_with
        from courseapp.lessons.sources import content_for_labs, slugs_for_labs

        find_with(content_for_labs)
        list_with(slugs_for_labs)
