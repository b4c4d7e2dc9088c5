"""Pages about a started lab that need no script: the facts of the live inspector, at the instant ``?at=`` in ms."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.core import signing
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from courseapp.engine.commands import Refused
from courseapp.labs import frames, inspector, words
from courseapp.labs.content import content_of
from courseapp.labs.hub import NoSuchLab, hub
from courseapp.labs.picture import titles_of
from courseapp.labs.reading import Reading, read_lab
from courseapp.labs.start import start_content
from courseapp.labs.stored import in_database, load, owner_of
from courseapp.web.errors import error_page
from courseapp.web.request import HtmxRequest
from courseapp.web.visitor import visitor_for, visitor_of

ROWS = 200  # records on a page of the journal


@require_POST
def start(request: HtmxRequest) -> HttpResponse:
    """Store a lab of the course for this visitor. Answers with its address; to a script with its id and its socket."""
    content = content_of(request.POST.get("content", ""))
    if content is None:
        return _refused(request, 400, "There is no lab of that name in the course.")
    try:
        lab = start_content(content, visitor_for(request))
    except Refused as refusal:
        return _refused(request, 429, refusal.says)
    address = f"{content.address}?{urlencode({'lab': lab.id})}"
    if _is_script(request):
        return JsonResponse({"id": lab.id, "socket": f"/ws/labs/{lab.id}/", "address": address}, status=201)
    return redirect(address)


def _is_script(request: HtmxRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _refused(request: HtmxRequest, status: int, says: str) -> HttpResponse:
    """A sentence for a script, a page for a person."""
    if _is_script(request):
        return HttpResponse(says, status=status, content_type="text/plain")
    return error_page(request, status, says)


@require_safe
async def show(request: HtmxRequest, lab_id: str) -> HttpResponse:
    """To the page of the course that shows this lab; one without such a page is shown in words."""
    lab = await in_database(load)(lab_id)
    if lab is None:
        raise Http404("There is no lab at this address.")
    content = content_of(lab.content)
    if content is None:
        return redirect(reverse("labs:table", args=[lab_id]))
    said = {name: request.GET[name] for name in ("said",) if name in request.GET}
    return redirect(f"{content.address}?{urlencode({'lab': lab_id, **said})}")


@require_POST
async def do(request: HtmxRequest, lab_id: str) -> HttpResponse:
    """A form's ``press`` (a button's key) or ``clock`` (what to do with it), for pages without scripts."""
    key, clock = request.POST.get("press"), request.POST.get("clock", "")
    frame = {"type": "clock", "do": clock} if key is None else {"type": "press", "key": key}
    owner, said = await in_database(owner_of)(lab_id), {}
    try:
        await hub().ask(lab_id, frames.read(json.dumps(frame)), owner is not None and visitor_of(request) == owner)
    except NoSuchLab:
        raise Http404("There is no lab at this address.") from None
    except Refused as refusal:
        if refusal.code in ("not_yours", "malformed"):
            status = 403 if refusal.code == "not_yours" else 400
            return await sync_to_async(error_page)(request, status, refusal.says)
        said = {"said": signing.dumps(refusal.says)}
    return redirect(f"{reverse('labs:show', args=[lab_id])}?{urlencode(said)}#stage")


@require_safe
async def message(request: HtmxRequest, lab_id: str, uid: int) -> HttpResponse:
    """A message's whole journey."""
    reading = await reading_of(request, lab_id)
    utterance = inspector.Utterance(uid)
    utterance.learn(reading.records)
    records = [item for item in reading.records if utterance.has(item[1][4])]
    try:
        facts = inspector.journey(reading.simulation, uid, records)
    except Refused as refusal:
        raise Http404(refusal.says) from refusal
    return await fragment_or_page(request, reading, "journey", {"journey": facts, "title": facts["name"]})


@require_safe
async def node(request: HtmxRequest, lab_id: str, node_id: str) -> HttpResponse:
    """A node's attributes, metrics and messages."""
    reading = await reading_of(request, lab_id, newest=0)
    try:
        facts = inspector.node_facts(reading.simulation, node_id)
    except Refused as refusal:
        raise Http404(refusal.says) from refusal
    return await fragment_or_page(request, reading, "node", {"node": facts, "title": facts["title"]})


@require_safe
async def table(request: HtmxRequest, lab_id: str) -> HttpResponse:
    """Every node in a table, and what happened last."""
    reading = await reading_of(request, lab_id, newest=inspector.NEWEST * 4)
    facts = inspector.table(reading.simulation, reading.records[-inspector.NEWEST * 4 :])
    return await fragment_or_page(request, reading, "table", {"table": facts, "title": "The lab in words"})


@require_safe
async def journal(request: HtmxRequest, lab_id: str) -> HttpResponse:
    """Everything that happened, newest first, a page at a time."""
    reading = await reading_of(request, lab_id)
    titles = titles_of(reading.simulation.architecture)
    page = Paginator(reading.records[::-1], ROWS).get_page(request.GET.get("page"))
    starts_at = reading.simulation.architecture.starts_at
    lines = [
        {
            "sequence": sequence,
            "status": words.status(record),
            "says": words.says(record, titles),
            "type": record[1],
            "message": None if record[4] is None else record[4].uid,
            "at_ms": record[0],
            "clock": inspector.clock_text(starts_at, record[0]),
        }
        for sequence, record in page.object_list
    ]
    return await fragment_or_page(request, reading, "journal", {"lines": lines, "page": page, "title": "Journal"})


async def reading_of(request: HtmxRequest, lab_id: str, newest: int | None = None) -> Reading:
    given = request.GET.get("at", "")
    at_ms = int(given) if given.removeprefix("-").isdecimal() and len(given) <= 15 else None
    reading = await read_lab(lab_id, at_ms, newest)
    if reading is None:
        raise Http404("There is no lab at this address.")
    return reading


async def fragment_or_page(request: HtmxRequest, reading: Reading, name: str, facts: dict[str, Any]) -> HttpResponse:
    """The fragment alone for htmx, else a page around the same fragment."""
    fragment = f"labs/_{name}.html"
    content = content_of(reading.lab.content)
    context = {
        **facts,
        "lab_id": reading.lab.id,
        "fragment": fragment,
        "back": None if content is None else f"{content.address}?{urlencode({'lab': reading.lab.id})}",
    }
    return await sync_to_async(render)(request, fragment if request.htmx else "labs/page.html", context)
