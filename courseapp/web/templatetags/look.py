"""Template tags for the small drawn signs that every page uses: `{% icon %}`, `{% mark %}`, `{% token %}`."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from courseapp.web.icons import ICONS, MARKS, TOKENS

register = template.Library()


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """An outline icon or node glyph in the colour of the text around it; silent for a screen reader."""
    return _drawn(f"icon {extra_class}", "0 0 24 24", ICONS[name])


@register.simple_tag
def mark(status: str) -> SafeString:
    """The mark of a status (ok, run, wait, fail, caught, idle, warn); the words beside it carry its meaning."""
    return _drawn(f"mark mark-{status}", "0 0 16 16", MARKS[status])


@register.simple_tag
def token(kind: str) -> SafeString:
    """The look of a message type (order, refund, signup, payment, notice)."""
    return _drawn(f"token-sign token-{kind}", "-9 -9 18 18", TOKENS[kind])


def _drawn(classes: str, box: str, paths: str) -> SafeString:
    picture = '<svg class="{}" viewBox="{}" aria-hidden="true">{}</svg>'
    return format_html(picture, classes, box, mark_safe(paths))


@register.simple_tag
def glyph(name: str) -> SafeString:
    """The paths of an icon alone, for use inside another drawing on a 24 grid."""
    return mark_safe(ICONS[name])


@register.simple_tag
def shape(kind: str) -> SafeString:
    """The shape of a message type alone, centred on the origin, for use inside another drawing."""
    return mark_safe(TOKENS[kind])
