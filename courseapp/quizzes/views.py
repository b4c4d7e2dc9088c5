"""The page of a scenario, and what a learner can do there: lock an answer in, and start again."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from courseapp.labs.content import content_of
from courseapp.quizzes import grading
from courseapp.quizzes.attempts import Current, best_of, check, current, finished, lock_in, missed, start_again
from courseapp.quizzes.kinds.choice import PartCard, Refused, announcement, card
from courseapp.quizzes.loader import Scenario, scenario, scenarios
from courseapp.quizzes.progress import standing_of
from courseapp.quizzes.sketch import sketch
from courseapp.web.errors import error_page
from courseapp.web.request import HtmxRequest
from courseapp.web.visitor import visitor_for, visitor_of

MOST_GIVEN = 80  # characters of a form's field that are looked at


def scenario_or_404(slug: str) -> Scenario:
    try:
        return scenario(slug)
    except KeyError:
        raise Http404 from None


@require_safe
def show(request: HtmxRequest, slug: str) -> HttpResponse:
    this = scenario_or_404(slug)
    return _page(request, this, current(this, visitor_of(request)))


@require_POST
def answer(request: HtmxRequest, slug: str, part: int) -> HttpResponse:
    """Lock in the `option` of a part, in the `attempt` whose number the form carries."""
    this = scenario_or_404(slug)
    if not 1 <= part <= len(this.parts):
        return error_page(request, 404, f"This scenario has {len(this.parts)} parts; there is no part {part}.")
    at = current(this, visitor_of(request))
    given = request.POST.get("option", "")[:MOST_GIVEN]
    try:
        option = check(this, at, request.POST.get("attempt", "")[:MOST_GIVEN], part, given)
        after = lock_in(this, visitor_for(request), at, part, option)
    except Refused as refusal:
        at = current(this, visitor_of(request))
        status = 200 if request.htmx else 422  # a browser would report a fragment with 422 as a fault of the page
        return _page(request, this, at, refused=(part, str(refusal), given), status=status)
    if not request.htmx:
        return redirect(f"{reverse('quizzes:scenario', args=[slug])}#part-{part}")
    return _page(request, this, after, fresh=(part, option))


@require_POST
def again(request: HtmxRequest, slug: str) -> HttpResponse:
    """Start a new attempt; while one is under way, go on with it."""
    this = scenario_or_404(slug)
    visitor = visitor_of(request)
    if visitor is not None:
        start_again(this, visitor)
    if not request.htmx:
        return redirect(f"{reverse('quizzes:scenario', args=[slug])}#part-1")
    return _page(request, this, current(this, visitor), begun=True)


def _page(
    request: HtmxRequest,
    this: Scenario,
    at: Current,
    fresh: tuple[int, str] = (0, ""),
    refused: tuple[int, str, str] = (0, "", ""),
    begun: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The whole page, or its changing parts where htmx asks for them."""
    cards = [
        card(
            part,
            result,
            at.seed,
            fresh=fresh[1] if part.number == fresh[0] else "",
            error=refused[1] if part.number == refused[0] else "",
            chosen=refused[2] if part.number == refused[0] else "",
        )
        for part, result in zip(this.parts, at.result.parts, strict=True)
    ]
    visitor = visitor_of(request)
    attempts = finished(visitor) if visitor else ()
    best = best_of(attempts, this.slug)
    points = at.result.points
    context: dict[str, Any] = {
        "scenario": this,
        "scenarios": scenarios(),
        "tried": standing_of(visitor).best,
        "attempt": at,
        "parts": cards,
        "labs": _labs(cards),
        "sketch": sketch(this, _service(this, at)),
        "best": best,
        "points": points,
        "passed": points is not None and points >= grading.PASSED,
        "verdict": _verdict(points, cards),
        "pass_mark": grading.PASSED,
        "after": next((each for each in scenarios() if each.number == this.number + 1), None),
        "refused": refused[1] if refused[0] and cards[refused[0] - 1].state != "open" else "",
        "announced": refused[1]
        or announcement(cards, _said(points))
        or (f"Attempt {at.number} begins." if begun else ""),
        "begun": begun,
        "fragment": bool(request.htmx),
    }
    if points is not None and visitor is not None:
        context["missed"] = missed(this, visitor)
        context["missed_lab"] = _lab(context["missed"].lab) if context["missed"] else None
    return render(
        request, "quizzes/_fragments.html" if request.htmx else "quizzes/scenario.html", context, status=status
    )


def _service(this: Scenario, at: Current) -> str:
    """The service that fits, once the page may show it."""
    if not at.result.parts[0].ended:
        return ""
    return next(option.name for option in this.parts[0].options if option.credit == grading.FULL)


def _labs(cards: list[PartCard]) -> dict[str, dict[str, str]]:
    """The labs that the options on the page point to: slug → title and address."""
    slugs = {option.lab for part in cards for option in part.options if option.lab}
    return {slug: lab for slug in slugs if (lab := _lab(slug)) is not None}


def _lab(slug: str) -> dict[str, str] | None:
    found = content_of(slug)
    return None if found is None else {"title": found.lab["title"], "address": found.address}


def _said(points: int | None) -> str:
    if points is None:
        return ""
    verdict = "passed" if points >= grading.PASSED else f"{grading.PASSED} are needed to pass"
    return f"Your result: {points} of {grading.WHOLE} points, {verdict}."


def _verdict(points: int | None, cards: list[PartCard]) -> str:
    if points is None:
        return ""
    if points == grading.WHOLE:
        return "Both answers fit on the first try: the service, and the reason for it."
    if points >= grading.PASSED:
        return "You found what fits. The tries before it cost some points; another attempt can only add."
    if all(part.found_at for part in cards):
        return f"You found what fits, after some tries. You need {grading.PASSED} points to pass: try again."
    return f"You need {grading.PASSED} points to pass. Read the reasons, then try again: your best attempt counts."
