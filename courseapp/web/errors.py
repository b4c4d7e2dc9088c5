"""The pages that say what went wrong. A template that is missing or fails must never hide the error itself."""

import logging
import secrets
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

log = logging.getLogger(__name__)

SAYS = {
    400: "The server could not make sense of this request.",
    403: "This is not yours to change.",
    404: "There is no page at this address.",
    500: "Something went wrong on the server. It has been noted in the log; nothing of yours is lost.",
}
BARE = '<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{says}</p>'


def error_page(request: HttpRequest, status: int, says: str = "", report: str = "") -> HttpResponse:
    """`templates/errors/<status>.html` with `status`, `title`, `says` and `report`, or a bare page if that cannot be
    rendered."""
    context = {"status": status, "title": HTTPStatus(status).phrase, "says": says or SAYS[status], "report": report}
    try:
        body: str = render_to_string(f"errors/{status}.html", context, request=request)
    except Exception:
        log.exception("The page for error %s could not be rendered", status)
        body = BARE.format(**context)
    return HttpResponse(body, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    says = "This form was open for too long, or cookies are off. Reload the page and try again."
    return error_page(request, 403, says)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """The number on the page is in the log too, so that a report of it finds its fault."""
    report = secrets.token_hex(4)
    log.error("Report %s: %s %s failed", report, request.method, request.path)
    return error_page(request, 500, f"{SAYS[500]} Report number: {report}.", report)
