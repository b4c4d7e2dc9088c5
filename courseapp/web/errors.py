"""The pages that say what went wrong. A template that is missing or fails must never hide the error itself."""

import logging
import secrets
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.template.loader import render_to_string

log = logging.getLogger(__name__)

SAYS = {
    400: "The server could not make sense of this request.",
    403: "This is not yours to change.",
    404: "There is no page at this address.",
    405: "It only takes what a form sends, so there is nothing here to open. Go back and use the button that led here.",
    500: "Something went wrong on the server. It has been noted in the log; nothing of yours is lost.",
}
BARE = '<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{says}</p>'


def error_page(request: HttpRequest, status: int, says: str = "", report: str = "") -> HttpResponse:
    """`templates/errors/<status>.html` with `status`, `title`, `says` and `report`, or a bare page if that cannot be
    rendered."""
    context = {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "says": says or SAYS[status],
        "own": bool(says),  # not the general sentence
        "report": report,
    }
    try:
        body: str = render_to_string(f"errors/{status}.html", context, request=request)
    except Exception:
        log.exception("The page for error %s could not be rendered", status)
        body = BARE.format(**context)
    return HttpResponse(body, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400, _why(exception))


def _why(exception: Exception) -> str:
    match exception:
        case DisallowedHost():
            return "This site does not go by the name in your address bar. Whoever runs it can add it to ALLOWED_HOSTS."
        case RequestDataTooBig():
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2
            return f"What was sent is larger than {most} MiB, the most that this site takes at once."
        case TooManyFieldsSent():
            return "The form that was sent has too many fields."
    return ""


class WrongMethodMiddleware:
    """A request in a method that the address does not know gets a page too, not an empty answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        allowed = response.headers["Allow"]
        readable = "GET" in allowed
        says = f"This address takes {allowed.replace(', ', ' or ')}, not {request.method}." if readable else ""
        page = error_page(request, 405, says)
        page.headers["Allow"] = allowed
        return page


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403, _reason(exception))


def _reason(exception: Exception) -> str:
    """The sentence that a view gave along, if it gave one."""
    given = exception.args[0] if exception.args else ""
    return given if isinstance(given, str) else ""


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    says = "This form was open for too long, or cookies are off. Go back, reload that page and try again."
    return error_page(request, 403, says)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404, _reason(exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """The number on the page is in the log too, so that a report of it finds its fault."""
    report = secrets.token_hex(4)
    log.error("Report %s: %s %s failed", report, request.method, request.path)
    return error_page(request, 500, f"{SAYS[500]} Report number: {report}.", report)
