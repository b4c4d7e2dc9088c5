"""What a page is packed in on its way."""

import gzip

import brotli
import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

from courseapp.web.compression import CompressionMiddleware

TEXT = b"<p>The order waits in the queue.</p>" * 40


def answer(accepts: str, response: HttpResponseBase) -> HttpResponseBase:
    request = HttpRequest()
    request.META["HTTP_ACCEPT_ENCODING"] = accepts
    done = CompressionMiddleware(lambda _: response)(request)
    assert isinstance(done, HttpResponseBase)
    return done


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br", "br"),
        ("br;q=0.5,gzip", "br"),
        ("gzip, br;q=0", "gzip"),
        ("br;q=0.0, gzip", "gzip"),
        ("gzip", "gzip"),
        ("gzip, brotli", "gzip"),
        ("", None),
    ],
)
def test_brotli_goes_to_whoever_accepts_it(accepts: str, encoding: str | None) -> None:
    response = answer(accepts, HttpResponse(TEXT))
    assert response.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in response.headers["Vary"]
    content = b"".join(response)
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert unpack(content) == TEXT
    if encoding:
        assert response.headers["Content-Length"] == str(len(content))


def test_a_strong_tag_becomes_weak() -> None:
    assert answer("br", HttpResponse(TEXT, headers={"ETag": '"one"'})).headers["ETag"] == 'W/"one"'


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(b"short"),
        HttpResponse(TEXT, headers={"Content-Encoding": "zstd"}),
        StreamingHttpResponse([TEXT]),
    ],
    ids=["short", "packed already", "streamed"],
)
def test_what_else_there_is_is_not_packed_in_brotli(response: HttpResponseBase) -> None:
    assert answer("br", response).headers.get("Content-Encoding") != "br"


@pytest.mark.django_db
def test_a_page_of_the_course_comes_in_brotli(client: Client) -> None:
    response = client.get("/glossary/", headers={"Accept-Encoding": "gzip, br"})
    assert b"</html>" in brotli.decompress(response.content)
