"""The pages of the course: home with the map, a stop, the list of labs, the glossary, a lab's notes for teachers."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from courseapp.lessons import course_map
from courseapp.lessons import glossary as terms
from courseapp.lessons.board import board_of
from courseapp.lessons.content import LabContent, Stop, course
from courseapp.lessons.hero import hero as miniature
from courseapp.lessons.markdown import inline
from courseapp.lessons.models import LabVisit, PredictionAnswer
from courseapp.lessons.pictures import still
from courseapp.lessons.progress import Progress, progress_of
from courseapp.quizzes import progress as quiz_progress
from courseapp.quizzes.loader import scenarios
from courseapp.web.visitor import visitor_of


def frame(progress: Progress, current: int | None = None) -> dict[str, Any]:
    """What the bar of every page of the course shows: the route of the stops."""
    return {
        "progress": progress,
        "current": current,
        "stops": [
            {
                "number": each.stop.number,
                "title": each.stop.title,
                "state": each.state,
                "url": reverse("lessons:stop", args=[each.stop.slug]),
            }
            for each in progress.stops
        ],
    }


def stop_or_404(slug: str) -> Stop:
    try:
        return course().stop(slug)
    except KeyError:
        raise Http404 from None


def lab_or_404(slug: str) -> LabContent:
    try:
        return course().lab(slug)
    except KeyError:
        raise Http404 from None


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    progress = progress_of(visitor_of(request))
    lines = [(each.stop.services, each.state if progress.any else "ahead") for each in progress.stops]
    if not progress.any:
        lines[0] = (lines[0][0], "now")
    return render(
        request,
        "lessons/home.html",
        {
            **frame(progress),
            "section": "course",
            "wide_map": course_map.horizontal(lines),
            "tall_map": course_map.vertical(lines),
            "next_lab": next_lab(progress),
            "hero": miniature(request.GET.get("sent", ""), request.GET.get("kind", "")),
        },
    )


@require_safe
def hero(request: HttpRequest) -> HttpResponse:
    """The home page's miniature after one more publish; nothing is stored."""
    context = {"hero": miniature(request.GET.get("sent", ""), request.GET.get("kind", ""))}
    return render(request, "lessons/_hero.html", context)


def next_lab(progress: Progress) -> LabContent | None:
    """The lab to go on with: the first of the current stop that is not done."""
    return next((lab for lab in progress.current.stop.labs if lab.slug not in progress.done), None)


@require_safe
def stop(request: HttpRequest, slug: str) -> HttpResponse:
    this = stop_or_404(slug)
    progress = progress_of(visitor_of(request))
    stops = course().stops
    context = {
        **frame(progress, this.number),
        "stop": this,
        "stop_progress": progress.stops[this.number - 1],
        "labs": [{"lab": lab, "state": progress.state_of(lab)} for lab in this.labs],
        "start": next((lab for lab in this.labs if lab.slug not in progress.done), None),
        "minutes": this.minutes,
        "before": stops[this.number - 2] if this.number > 1 else None,
        "after": stops[this.number] if this.number < len(stops) else None,
    }
    if not this.labs:
        context |= scenario_rows(progress)
        context["open_scenario"] = next((each for each in scenarios() if each.slug not in progress.best), None)
    if context["after"] is None:
        board = board_of(course(), progress.answers)
        context |= {"board": board, "lab_count": len(course().labs), **scenario_rows(progress)}
    return render(request, "lessons/stop.html", context)


def scenario_rows(progress: Progress) -> dict[str, Any]:
    """The scenarios with this visitor's best results."""
    rows = [
        {"scenario": each, "best": progress.best.get(each.slug), "done": each.slug in progress.best}
        for each in scenarios()
    ]
    return {"scenarios": rows, "scenarios_done": sum(bool(row["done"]) for row in rows)}


@require_safe
def labs(request: HttpRequest) -> HttpResponse:
    progress = progress_of(visitor_of(request))
    parts = [
        {
            "stop": stop,
            "state": progress.stops[stop.number - 1].state,
            "labs": [{"lab": lab, "state": progress.state_of(lab)} for lab in stop.labs],
        }
        for stop in course().stops
        if stop.labs
    ]
    context = {**frame(progress), "section": "labs", "parts": parts, "hosting": "host" in request.GET}
    return render(request, "lessons/labs.html", context)


@require_safe
def notes(request: HttpRequest, slug: str) -> HttpResponse:
    """A lab's notes for teachers, made to be printed."""
    this = lab_or_404(slug)
    stop = course().stops[this.stop - 1]
    context = {**frame(progress_of(visitor_of(request)), this.stop), "lab": this, "stop": stop}
    context["beliefs"] = [course().beliefs[belief] for belief in this.beliefs if belief in course().beliefs]
    context["questions"] = [_question(each) for each in this.lab["predictions"]]
    context["still"] = still(slug)
    return render(request, "lessons/notes.html", context)


def _question(prediction: dict[str, Any]) -> dict[str, Any]:
    """A prediction with its reasons, for whoever teaches."""
    options = [{**option, "why": inline(option["explains"])} for option in prediction.get("options", [])]
    return {
        "asks": prediction["asks"],
        "options": options,
        "explains": inline(prediction["explains"]) if "explains" in prediction else "",
    }


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    letters: dict[str, list[terms.Term]] = {}
    for each in terms.terms():
        letters.setdefault(each.term[0].upper(), []).append(each)
    known = {lab.slug: lab for lab in course().labs}
    context = {**frame(progress_of(visitor_of(request))), "section": "glossary", "letters": letters, "labs": known}
    return render(request, "lessons/glossary.html", context)


@require_safe
def term(request: HttpRequest, slug: str) -> HttpResponse:
    """One term: the inside of a popover where a script asks, else its place in the glossary."""
    found = terms.find(slug)
    if found is None:
        raise Http404
    if request.headers.get("X-Requested-With") != "popover":
        return redirect(f"{reverse('lessons:glossary')}#{found.slug}")
    lab = next((lab for lab in course().labs if lab.slug == found.lab), None)
    response = render(request, "lessons/_term.html", {"term": found, "lab": lab})
    response["Cache-Control"] = "max-age=3600"
    return response


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Put this visitor's progress back to nothing."""
    visitor = visitor_of(request)
    if visitor is not None:
        PredictionAnswer.objects.filter(visitor=visitor).delete()
        LabVisit.objects.filter(visitor=visitor).delete()
        quiz_progress.forget(visitor)
    return redirect("lessons:home")
