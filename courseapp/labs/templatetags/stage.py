"""What the templates of a lab's stage need: its opening, the run that the address names, the controls' values.

The page around the stage belongs to the lesson, which knows nothing of runs; so the stage asks for itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django import template
from django.core import signing
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe

from courseapp.diagram import legend
from courseapp.diagram.text import span
from courseapp.engine.architecture import Architecture
from courseapp.labs.content import toggled
from courseapp.labs.embed import opening_of
from courseapp.labs.frames import FASTEST, SLOWEST
from courseapp.labs.models import Lab
from courseapp.labs.present import present_of
from courseapp.labs.run import Log
from courseapp.labs.stored import Stored, read
from courseapp.web.ids import is_id
from courseapp.web.visitor import visitor_of

register = template.Library()

OFFERED_SPEEDS = (0.1, 1.0, 100.0, 1000.0)
# What a page needs of a record to let it travel and to tell it.
TOLD = ("at_ms", "type", "node", "along", "id", "looks", "letter", "says", "status", "sequence")
DRAWN = ("svg", "narrow_svg")
NOT_PLAYED: dict[str, Any] = {"records": (), "steps": (), "marks": (), "lanes": ()}
"""Of an opening, on the page of a run: its socket tells all that."""
SAID_FOR_S = 60  # seconds that a refusal stays on the page that it led to
ENDS_SCRIPT = re.compile(r"<(?=/?script|!--)", re.IGNORECASE)
"""What no picture contains, since every text in it is escaped, and what would end the element around them."""


@register.simple_tag(takes_context=True)
def stage_of(context: Mapping[str, Any], lab: Any) -> dict[str, Any]:
    """Everything that the stage of ``lab`` (a lab of the course: ``slug``, ``architecture``, ``lab``) shows at first.

    ``run`` is the started lab that the context (``run_id``) or the address (``?lab=``) names, if it is of this lab.
    """
    request = context["request"]
    visitor = visitor_of(request)
    run = run_named(context.get("run_id") or request.GET.get("lab", ""), lab.slug)
    stored = None if run is None else read(run)
    opening = opening_of(lab.architecture, lab.lab)
    present = None if stored is None else present_of(stored)
    architecture: Architecture = lab.architecture if present is None else present["document"]
    return {
        "shown": opening if present is None else present,
        "present": present,
        "said": said(request.GET.get("said", "")),
        "played": played(opening if run is None else {**opening, **NOT_PLAYED}, lab.architecture),
        "legend": mark_safe(legend(architecture)),
        "run": run,
        "gone": run is None and bool(request.GET.get("lab")),
        "toggled": frozenset() if stored is None else _toggled(stored, present),
        "mine": run is not None and run.owner == visitor,
        "earlier": earlier_run(visitor, lab.slug) if run is None else None,
        "controls": [
            {**control, "value": value_of(architecture, control), "id": f"control-{place}"}
            for place, control in enumerate(lab.lab["controls"])
            if _stands(architecture, control["target"])
        ],
        "speeds": speeds(lab.lab["speed"] if run is None or run.skip_idle else run.speed),
        "speed": 1.0 if lab.lab["speed"] == "skip_idle" else float(lab.lab["speed"]),
        "skip_idle": lab.lab["speed"] == "skip_idle",
        "slowest": SLOWEST,
        "fastest": FASTEST,
    }


def _toggled(stored: Stored, present: Mapping[str, Any] | None) -> frozenset[str]:
    refused = () if present is None else present["refused"]
    return toggled(stored.content, Log.of(stored.commands), stored.architecture, refused)


def said(signed: str) -> str:
    """Why the last form was refused, as ``views.do`` handed it on."""
    try:
        return str(signing.loads(signed, max_age=SAID_FOR_S)) if signed else ""
    except signing.BadSignature:
        return ""


def run_named(run_id: str, slug: str) -> Lab | None:
    return Lab.objects.filter(pk=run_id, content=slug).first() if is_id(run_id) else None


def earlier_run(visitor: str | None, slug: str) -> Lab | None:
    """The newest run of this lab that the visitor has started."""
    if visitor is None:
        return None
    return Lab.objects.filter(owner=visitor, content=slug).order_by("-touched").first()


def played(opening: Mapping[str, Any], architecture: Architecture) -> SafeString:
    """The opening as its script reads it: what travels, and the pictures on the way, which have a place of their own.

    There they stand as they do in the page's diagram, one a line, so that they cost little beside it; JSON would escape
    them. The steps name them by their numbers.
    """
    numbers: dict[str, int] = {}

    def numbered(pictures: Mapping[str, Any]) -> dict[str, Any]:
        return {key: numbers.setdefault(each, len(numbers)) for key, each in pictures.items()}

    def of_link(view: Mapping[str, Any]) -> dict[str, Any]:
        return {**view, **numbered({name: view[name] for name in DRAWN if name in view})}

    told = {
        "from_ms": opening["from_ms"],
        "to_ms": opening["to_ms"],
        "speed": opening["speed"],
        "starts_at": architecture.starts_at,
        "records": [
            {name: record[name] for name in TOLD if record.get(name) is not None}
            | ({"detail": {"by": record["detail"]["by"]}} if "by" in record["detail"] else {})
            for record in opening["records"]
        ],
        "steps": [
            {
                "at_ms": step["at_ms"],
                "parts": numbered(step.get("parts", {})),
                "narrow_parts": numbered(step.get("narrow_parts", {})),
                "links": {link: of_link(view) for link, view in step.get("links", {}).items()},
                **{name: step[name] for name in ("bills", "cost") if step.get(name)},
            }
            for step in opening["steps"]
        ],
        "marks": opening["marks"],
        "lanes": opening["lanes"],
        "history": [row["at_ms"] for row in (opening["workflow"] or {}).get("history", ())],
    }
    lines = ENDS_SCRIPT.sub("&lt;", "\n".join(each.replace("\n", "&#10;") for each in numbers))
    return json_script(told, "opening") + format_html(
        '<script id="opening-pictures" type="text/plain">{}</script>', mark_safe(lines)
    )


def speeds(own: float | str) -> list[float]:
    """The speeds that one press sets: the usual ones and the lab's own."""
    return sorted({*OFFERED_SPEEDS, *(() if own == "skip_idle" else (float(own),))})


def _stands(architecture: Architecture, target: str) -> bool:
    """Whether a control's node or link is there: whoever owns a run may have removed it."""
    return any(target == each.id for each in (architecture.links if "/" in target else architecture.nodes))


def value_of(architecture: Architecture, control: Mapping[str, Any]) -> Any:
    """What a control shows of its parameter in the document; the least that it can be set to where that is silent."""
    target = control["target"]
    parameters: Any = architecture.link(target).parameters if "/" in target else architecture.node(target).parameters
    for name in control["parameter"].split("."):
        try:
            parameters = parameters[int(name)] if isinstance(parameters, list | tuple) else parameters[name]
        except (KeyError, IndexError, ValueError, TypeError):
            return control.get("min", {} if control.get("kind") == "json" else "")
    return parameters - control["offset"] if "offset" in control else parameters


@register.filter
def as_typed(control: Mapping[str, Any]) -> str:
    """A control's value as it stands in its field."""
    value = control["value"]
    if control.get("kind") == "json":
        return json.dumps(value, ensure_ascii=False, indent=2)
    return f"{value:g}" if isinstance(value, float) else str(value)


@register.filter
def is_in(key: str, keys: frozenset[str]) -> bool:
    return key in keys


@register.filter
def times(speed: float) -> str:
    """A speed as it is written: ``0.1×``, ``1,000×``."""
    return f"{speed:,.10g}×"


@register.filter
def since(ms: int) -> str:
    """A length of virtual time with its units: ``42 s``, ``12 min 40 s``."""
    return span(max(0, ms) // 1000)


@register.simple_tag
def mark_symbols() -> SafeString:
    """The marks of the statuses as SVG symbols, for pictures that a script draws."""
    from courseapp.web.icons import MARKS

    symbols = "".join(
        f'<symbol id="mark-{name}" viewBox="0 0 16 16"><g class="mark-{name}">{paths}</g></symbol>'
        for name, paths in MARKS.items()
    )
    return mark_safe(f'<svg class="symbols" width="0" height="0" aria-hidden="true">{symbols}</svg>')


@register.simple_tag
def course_definitions() -> list[dict[str, str]]:
    """The state machines of the course, to start from."""
    from courseapp.labs.views_workflow import examples

    return examples()


STATE_WORDS = {
    "ok": "Succeeded", "run": "Running", "wait": "Waiting",
    "fail": "Failed", "caught": "Error caught", "idle": "Not run",
}  # fmt: skip


@register.filter
def state_words(status: str) -> str:
    """How a state stands, in words."""
    return STATE_WORDS.get(status, status)
