"""Tasks on the lab's object store: ``aws-sdk:s3`` getObject, putObject, deleteObject and listObjectsV2."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from courseapp.engine.states.errors import StatesError
from courseapp.engine.states.mocks import Answer
from courseapp.engine.states.objects import as_text, listed

_GONE: Any = object()


def perform(machine: Any, action: str, sent: Mapping[str, Any], request: str) -> Answer:
    """The answer. A store exists where the document gives ``data_sets``, or something was written; else ``{}``."""
    work = _WORK.get(action)
    if work is None or (not machine.objects() and "data_sets" not in machine.parameters):
        return Answer({})
    bucket, key = sent.get("Bucket"), sent.get("Key")
    if not isinstance(bucket, str) or (key is not None and not isinstance(key, str)):
        return Answer(error=_error("S3Exception", "Bucket and Key must be strings.", 400, request))
    return work(machine, bucket, key or "", sent, request)


def _error(name: str, says: str, status: int, request: str) -> StatesError:
    return StatesError(f"S3.{name}", f"{says} (Service: S3, Status Code: {status}, Request ID: {request})")


def _get(machine: Any, bucket: str, key: str, sent: Mapping[str, Any], request: str) -> Answer:
    found = machine.objects().get(f"{bucket}/{key}", _GONE)
    if found is _GONE:
        return Answer(error=_error("NoSuchKeyException", "The specified key does not exist.", 404, request))
    body = as_text(found)
    raw = body.encode("utf-8", "surrogatepass")
    return Answer({"Body": body, "ContentLength": len(raw), "ETag": _tag(raw)})


def _put(machine: Any, bucket: str, key: str, sent: Mapping[str, Any], request: str) -> Answer:
    if not key:
        return Answer(error=_error("S3Exception", "Key must not be empty.", 400, request))
    body = sent.get("Body", "")
    machine.written.put(f"{bucket}/{key}", body)
    return Answer({"ETag": _tag(as_text(body).encode("utf-8", "surrogatepass"))})


def _delete(machine: Any, bucket: str, key: str, sent: Mapping[str, Any], request: str) -> Answer:
    machine.written.delete(f"{bucket}/{key}")
    return Answer({})


def _list(machine: Any, bucket: str, key: str, sent: Mapping[str, Any], request: str) -> Answer:
    prefix = str(sent.get("Prefix", ""))
    contents = listed(machine.objects(), bucket, prefix)
    return Answer(
        {"Contents": contents, "IsTruncated": False, "KeyCount": len(contents), "Name": bucket, "Prefix": prefix}
    )


def _tag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


_WORK: dict[str, Callable[[Any, str, str, Mapping[str, Any], str], Answer]] = {
    "getObject": _get,
    "putObject": _put,
    "deleteObject": _delete,
    "listObjectsV2": _list,
}
