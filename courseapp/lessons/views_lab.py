"""A lab's page, and what a learner can store there: a prediction that is locked in, and that the lab is done."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from courseapp.engine.commands import Refused
from courseapp.labs.start import start_content
from courseapp.lessons.acts import acts_of
from courseapp.lessons.cards import Cards, cards_of, graded
from courseapp.lessons.claims import check
from courseapp.lessons.content import LabContent, course
from courseapp.lessons.models import LabVisit, PredictionAnswer
from courseapp.lessons.pictures import still
from courseapp.lessons.predictions import NotAnAnswer, prediction_of
from courseapp.lessons.progress import Progress, progress_of
from courseapp.lessons.sources import content_for_labs
from courseapp.lessons.views import frame, lab_or_404
from courseapp.web.errors import error_page
from courseapp.web.request import HtmxRequest
from courseapp.web.visitor import visitor_for, visitor_of

MOST_TYPED = 40  # characters of a typed answer


@require_safe
def lab(request: HtmxRequest, slug: str) -> HttpResponse:
    return _page(request, lab_or_404(slug))


@require_POST
def predict(request: HtmxRequest, slug: str, prediction: str) -> HttpResponse:
    """Lock in an answer, or `skip` the prediction. The first one stands. Answers with the lesson and its outcome."""
    this = lab_or_404(slug)
    try:
        asked = prediction_of(this, prediction)
    except KeyError:
        raise Http404 from None
    skipped = "skip" in request.POST
    given = "" if skipped else request.POST.get("answer", "").strip()[:MOST_TYPED]
    try:
        if not given and not skipped:
            raise NotAnAnswer("Choose one of the answers." if asked["kind"] == "choice" else "Type your answer first.")
        result = graded(this, asked, given)
    except NotAnAnswer as problem:
        status = 200 if request.htmx else 422  # a browser would report a fragment with 422 as a fault of the page
        return _page(request, this, {prediction: (given, str(problem))}, status)
    visitor = visitor_for(request)
    with transaction.atomic():
        PredictionAnswer.objects.get_or_create(
            visitor=visitor,
            lab=slug,
            prediction=prediction,
            defaults={
                "given": given,
                "right": result.right if result else None,
                "belief": (result.belief if result else None) or "",
            },
        )
        settled = _settled(this, visitor)
        LabVisit.objects.update_or_create(visitor=visitor, lab=slug, defaults={"done": True} if settled else {})
    if not request.htmx:
        run = request.GET.get("lab", "")
        query = f"?{urlencode({'lab': run})}" if run else ""
        return redirect(f"{reverse('lessons:lab', args=[slug])}{query}#prediction-{prediction}")
    response = _page(request, this)
    locked = {"lab": slug, "prediction": prediction, "first": not asked.get("also", False)}
    if "stops_at_seconds" in asked:
        locked["stops_at_ms"] = round(asked["stops_at_seconds"] * 1000)
    if "your_turn" in asked:
        turn = asked["your_turn"]
        label = next(button["label"] for button in this.lab["buttons"] if button["key"] == turn["button"])
        when = {"at_ms": round(turn["at_seconds"] * 1000)} if "at_seconds" in turn else {}
        locked["turn"] = {"key": turn["button"], "label": label, **when}
    response["HX-Trigger-After-Settle"] = json.dumps({"prediction-locked": locked})
    return response


def _settled(this: LabContent, visitor: str) -> bool:
    first = {each["id"] for each in this.lab["predictions"] if not each.get("also")}
    locked = set(PredictionAnswer.objects.filter(visitor=visitor, lab=this.slug).values_list("prediction", flat=True))
    return bool(first) and first <= locked


@require_POST
def done(request: HtmxRequest, slug: str) -> HttpResponse:
    """Mark a lab as done, or as not done (`undo`), and go on."""
    this = lab_or_404(slug)
    is_done = "undo" not in request.POST
    LabVisit.objects.update_or_create(visitor=visitor_for(request), lab=slug, defaults={"done": is_done})
    after = _neighbours(this)["after"]
    return redirect(after["url"] if is_done and after else reverse("lessons:lab", args=[slug]))


@require_POST
def act(request: HtmxRequest, slug: str, number: int) -> HttpResponse:
    """Begin an act of the lab, counted from 0: a new run of its own, with what that act changes in the document."""
    this = lab_or_404(slug)
    acts = acts_of(this)
    if number >= len(acts):
        raise Http404(f"This lab has {len(acts)} acts; there is none with the number {number}." if acts else "")
    content = content_for_labs(slug)
    assert content is not None
    chosen = acts[number]
    told = replace(content, architecture=chosen.architecture, lab={**content.lab, "speed": chosen.speed})
    try:
        run = start_content(told, visitor_for(request))
    except Refused as refusal:
        return error_page(request, 429, refusal.says)
    return redirect(f"{reverse('lessons:lab', args=[slug])}?{urlencode({'lab': run.id})}")


@require_safe
def facts(request: HtmxRequest, slug: str) -> HttpResponse:
    """What the lab's runs show, in figures; only for whoever has locked in the predictions; slow once."""
    this = lab_or_404(slug)
    progress = progress_of(visitor_of(request))
    if not cards_of(this, progress.answers).settled:
        raise PermissionDenied("The figures of this lab open once its predictions are locked in.")
    context = {**frame(progress, this.stop), "lab": this, "stop": course().stops[this.stop - 1]}
    template = "lessons/_facts.html" if request.htmx else "lessons/facts.html"
    return render(request, template, {**context, "facts": figures_of(slug)})


@cache
def figures_of(slug: str) -> tuple[str, ...]:
    """The claims' sentences, with the figures of their runs filled in."""
    this = course().lab(slug)
    return tuple(check(claim, this).says for claim in this.lab["claims"] if not claim.get("unspoken"))


def _page(
    request: HtmxRequest, this: LabContent, refused: Mapping[str, tuple[str, str]] | None = None, status: int = 200
) -> HttpResponse:
    """The whole page, or the lesson alone where htmx asks for it."""
    progress = progress_of(visitor_of(request))
    cards = cards_of(this, progress.answers, refused or {})
    template = "lessons/_lesson.html" if request.htmx and not request.htmx.boosted else "lessons/lab.html"
    return render(request, template, _context(this, progress, cards), status=status)


def _context(this: LabContent, progress: Progress, cards: Cards) -> dict[str, Any]:
    stop = course().stops[this.stop - 1]
    return {
        **frame(progress, this.stop),
        "lab": this,
        "stop": stop,
        "place": stop.labs.index(this) + 1,
        "steps": [{"lab": each, "state": progress.state_of(each)} for each in stop.labs],
        "cards": cards,
        "done": this.slug in progress.done,
        "still": still(this.slug),
        "has_workflow": any(node.kind == "state_machine" and not node.group for node in this.architecture.nodes),
        "stage_templates": ["labs/_stage.html", "lessons/_still_stage.html"],
        "inspector_templates": ["labs/_inspector.html", "lessons/_still_inspector.html"],
        **_neighbours(this),
    }


def _neighbours(this: LabContent) -> dict[str, dict[str, str] | None]:
    """The labs before and after in the order of the course; the scenarios and stops without labs come as stops."""
    steps: list[dict[str, str]] = []
    for stop in course().stops:
        if stop.labs:
            steps += [{"title": lab.title, "url": reverse("lessons:lab", args=[lab.slug])} for lab in stop.labs]
        else:
            steps.append({"title": stop.title, "url": reverse("lessons:stop", args=[stop.slug])})
    here = next(place for place, step in enumerate(steps) if step["url"] == reverse("lessons:lab", args=[this.slug]))
    return {
        "before": steps[here - 1] if here else None,
        "after": steps[here + 1] if here + 1 < len(steps) else None,
    }
