"""Template tags of the course: the route of stops for pages of other parts, and a look-up."""

from collections.abc import Mapping
from typing import Any

from django import template

from courseapp.lessons.progress import progress_of
from courseapp.lessons.views import frame
from courseapp.web.visitor import visitor_of

register = template.Library()


@register.inclusion_tag("_route.html", takes_context=True)
def route(context: template.RequestContext, current: int) -> dict[str, Any]:
    """`{% route 6 %}`: the seven stops in the bar, this one marked."""
    request = context["request"]
    return frame(progress_of(visitor_of(request)), current)


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """The value under this key, or None."""
    return mapping.get(key)


@register.simple_tag
def along(start: float, step: float, place: int) -> str:
    """Where the thing at `place` of a row stands: `{% along 566 15.8 forloop.counter0 %}`."""
    return f"{start + step * place:g}"
