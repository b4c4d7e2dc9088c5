"""Template tags of the course: the route of stops for pages of other parts, and a look-up."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from django import template
from django.urls import reverse

from courseapp.lessons.acts import acts_of
from courseapp.lessons.content import LabContent, course
from courseapp.lessons.progress import progress_of
from courseapp.lessons.views import frame
from courseapp.web.visitor import visitor_of

register = template.Library()


@register.inclusion_tag("_route.html", takes_context=True)
def route(context: template.RequestContext, current: int) -> dict[str, Any]:
    """`{% route 6 %}`: the seven stops in the bar, this one marked."""
    request = context["request"]
    return frame(progress_of(visitor_of(request)), current)


@register.simple_tag(takes_context=True)
def nearest_page(context: template.RequestContext) -> dict[str, str] | None:
    """The lab or stop whose address is most like the one asked for: its title and url."""
    path = context["request"].path
    pages = {
        **{f"/labs/{lab.slug}/": lab.title for lab in course().labs},
        **{f"/stops/{stop.slug}/": stop.title for stop in course().stops},
        reverse("lessons:labs"): "All labs",
        reverse("lessons:glossary"): "Glossary",
    }
    near = get_close_matches(path if path.endswith("/") else f"{path}/", pages, n=1, cutoff=0.6)
    return {"title": pages[near[0]], "url": near[0]} if near else None


@register.simple_tag
def acts(this: LabContent, run: Any) -> list[dict[str, Any]]:
    """`{% acts lab run as acts %}`: the lab's acts, and which of them the run (or, without one, the opening) is of."""
    shown = this.architecture.as_json() if run is None else run.architecture
    return [{"title": act.title, "now": act.architecture.as_json() == shown} for act in acts_of(this)]


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """The value under this key, or None."""
    return mapping.get(key)


@register.simple_tag
def along(start: float, step: float, place: int) -> str:
    """Where the thing at `place` of a row stands: `{% along 566 15.8 forloop.counter0 %}`."""
    return f"{start + step * place:g}"
