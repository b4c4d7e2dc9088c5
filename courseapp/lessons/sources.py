"""What a running lab asks of the course. Labs stand on a lower floor, so the course goes to them, not they to it."""

from django.urls import reverse

from courseapp.labs.content import Content
from courseapp.lessons.content import course, lab


def content_for_labs(slug: str) -> Content | None:
    """Document, `lab.json` and page of a lab of the course; None for a slug that it does not have."""
    try:
        found = lab(slug)
    except KeyError:
        return None
    return Content(slug, found.architecture, found.lab, reverse("lessons:lab", args=[slug]))


def slugs_for_labs() -> list[str]:
    """The labs of the course in its order."""
    return [each.slug for each in course().labs]
