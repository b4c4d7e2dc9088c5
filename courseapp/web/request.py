"""The request as our views get it: declares what middleware has added."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails
    csp_nonce: str
