"""Pages and answers about state machines: a definition checked, those of the course, and a history in words."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBadRequest, JsonResponse
from django.http.response import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from courseapp.engine.architecture import Architecture
from courseapp.engine.commands import Refused
from courseapp.labs import definitions, events, statedata, workflow
from courseapp.labs.content import content_of, contents
from courseapp.labs.views import fragment_or_page, reading_of
from courseapp.web.request import HtmxRequest


@require_POST
def check_definition(request: HtmxRequest) -> HttpResponse:
    """Every problem of a definition as it is typed, with its place; nothing is stored.

    Takes ``definition``, ``content`` (the lab's slug), ``node`` and ``type``.
    """
    content = content_of(request.POST.get("content", ""))
    node_id, kind = request.POST.get("node", ""), request.POST.get("type", "STANDARD")
    if content is None or not content.architecture.has(node_id) or kind not in ("STANDARD", "EXPRESS"):
        return HttpResponseBadRequest("There is no such state machine in the course.")
    text = request.POST.get("definition", "").replace("\r\n", "\n")
    return JsonResponse(definitions.check(text, kind, reach_of(content.architecture, node_id)))


def reach_of(architecture: Architecture, node_id: str) -> tuple[str, ...]:
    """The nodes that a machine's tasks may call: the document's links from it."""
    return tuple(link.target for link in architecture.links if link.source == node_id)


@require_safe
def definition(request: HtmxRequest, slug: str, node_id: str) -> HttpResponse:
    """A definition of the course, with how its tasks behave there."""
    content = content_of(slug)
    if content is None or not content.architecture.has(node_id):
        raise Http404("There is no such state machine in the course.")
    node = content.architecture.node(node_id)
    if node.kind != "state_machine":
        raise Http404("There is no such state machine in the course.")
    behaviour = {name: node.parameters.get(name) for name in ("task_seconds", "mocks")}
    text = workflow.definition_text(node.parameters["definition"])
    return JsonResponse(
        {
            "text": text,
            "title": node.title,
            "type": node.parameters.get("type") or "STANDARD",
            "behaviour": behaviour,
            "address": content.address,
        }
    )


def examples() -> list[dict[str, str]]:
    """The state machines of the course's labs: ``slug``, ``node``, ``title``."""
    return [
        {"slug": content.slug, "node": node.id, "title": f"{content.lab['title']}: {node.title}"}
        for content in contents()
        for node in content.architecture.nodes
        if node.kind == "state_machine"
    ]


@require_safe
async def history(request: HtmxRequest, lab_id: str, node_id: str) -> HttpResponse:
    """The history of one execution (``?execution=``, else the newest) in full, and every state's data."""
    reading = await reading_of(request, lab_id)
    try:
        machine = workflow.machine_of(reading.simulation, node_id)
    except Refused as refusal:
        raise Http404(refusal.says) from refusal
    asked = request.GET.get("execution", "")
    chosen = workflow.chosen_of(machine, int(asked) if asked.isdecimal() and len(asked) < 16 else 0)
    context: dict[str, Any] = {
        "title": "Execution history",
        "node": node_id,
        "chosen": chosen,
        "rows": [],
        "panels": [],
    }
    if chosen is not None:
        now_ms = reading.simulation.now_ms
        known = workflow.versions(reading.log.commands, node_id, now_ms)
        facts = workflow.facts_of(reading.simulation, node_id, chosen, known, now_ms)
        rows = events.rows_of(chosen)
        panels = statedata.every_state(chosen, rows, facts["states"])
        context |= {"facts": facts, "rows": rows, "panels": panels}
    return await fragment_or_page(request, reading, "history", context)
