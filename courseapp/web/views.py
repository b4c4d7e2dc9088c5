"""Two files that belong to the whole site: the sign in the browser's tab, and the schema of an architecture."""

from functools import cache

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from courseapp.engine.architecture.schema import SCHEMA
from courseapp.web.request import HtmxRequest

DAY_S = 86_400


@require_safe
def favicon(request: HtmxRequest) -> HttpResponse:
    """For browsers that ask at the usual address instead of reading the page."""
    return HttpResponse(_sign(), "image/x-icon", headers={"Cache-Control": f"max-age={DAY_S}"})


@cache
def _sign() -> bytes:
    data: bytes = (settings.BASE_DIR / "static" / "images" / "favicon.ico").read_bytes()
    return data


@require_safe
def architecture_schema(request: HtmxRequest) -> HttpResponse:
    """JSON Schema of the document that describes an architecture (docs/formats.md)."""
    return JsonResponse(SCHEMA, content_type="application/schema+json", json_dumps_params={"indent": 2})
