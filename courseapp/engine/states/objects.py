"""The lab's object store: what the document's ``data_sets`` hold, and what result writers and tasks have put there.

A key is ``bucket/key``. A value is a text (CSV, JSON, JSON Lines), or the JSON value that such a text would hold.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any

from courseapp.engine.states.errors import ITEM_READER_FAILED, StatesError
from courseapp.engine.states.jsontext import NotJson, compact, least_size, parse

DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}

MOST_READ = 20_000_000  # ours: letters and values of the files of one manifest, which may name a file very often

Store = Mapping[str, Any]


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else compact(value)


def listed(store: Store, bucket: str, prefix: str) -> list[dict[str, Any]]:
    """``Contents`` of ``ListObjectsV2``: the objects of a bucket whose keys begin with the prefix, in order of their
    keys."""
    found = []
    for name in sorted(store):
        if name.startswith(f"{bucket}/{prefix}"):
            body = as_text(store[name]).encode("utf-8", "surrogatepass")
            found.append(
                {
                    "Etag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"',
                    "Key": name.removeprefix(f"{bucket}/"),
                    "LastModified": 0,
                    "Size": len(body),
                    "StorageClass": "STANDARD",
                }
            )
    return found


def failed(says: str) -> StatesError:
    return StatesError(ITEM_READER_FAILED, says)


def read_items(store: Store, action: str, where: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    """The items that an ItemReader finds: an array, or an object whose pairs are the items. Raises StatesError
    ``States.ItemReaderFailed``."""
    bucket = where.get("Bucket")
    if not isinstance(bucket, str) or not bucket:
        raise failed("The ItemReader needs a Bucket.")
    if action == "listObjectsV2":
        contents = listed(store, bucket, str(where.get("Prefix", "")))
        if config.get("Transformation") != "LOAD_AND_FLATTEN":
            return contents
        return [item for one in contents for item in _rows(_object(store, bucket, one["Key"]), config)]
    body = _object(store, bucket, str(where.get("Key", "")))
    kind = config.get("InputType", "JSON")
    if kind == "MANIFEST" or config.get("ManifestType"):
        return list(_of_manifest(store, body, config))
    return _read(body, kind, config)


def _object(store: Store, bucket: str, key: str) -> Any:
    name = f"{bucket}/{key}"
    if name not in store:
        raise failed(f"The specified key does not exist. (Bucket: {bucket}, Key: {key})")
    return store[name]


def _read(body: Any, kind: str, config: Mapping[str, Any]) -> Any:
    if kind == "CSV":
        return list(_csv(body, config)) if isinstance(body, str) else _array(body, kind)
    if kind == "JSONL":
        return _lines(body) if isinstance(body, str) else _array(body, kind)
    if kind == "PARQUET":
        return _array(body, kind)
    value = _json(body)
    pointer = config.get("ItemsPointer", "")
    for step in pointer.split("/")[1:] if isinstance(pointer, str) else ():
        value = _step(value, step.replace("~1", "/").replace("~0", "~"), pointer)
    if not isinstance(value, (list, dict)):
        raise failed("Attempting to map over non-iterable node.")
    return value


def _step(value: Any, step: str, pointer: str) -> Any:
    if isinstance(value, dict) and step in value:
        return value[step]
    if isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < 9 and int(step) < len(value):
        return value[int(step)]
    raise failed(f"The ItemsPointer '{pointer}' finds nothing in the object.")


def _rows(body: Any, config: Mapping[str, Any]) -> list[Any]:
    items = _read(body, config.get("InputType", "JSON"), config)
    return list(items.values()) if isinstance(items, dict) else items


def _json(body: Any) -> Any:
    if not isinstance(body, str):
        return body
    try:
        return parse(body)
    except NotJson as error:
        raise failed(f"The object is not JSON: {error}") from None


def _lines(text: str) -> list[Any]:
    return [_json(line) for line in text.split("\n") if line.strip()]  # a text in it may hold other line ends


def _array(body: Any, kind: str) -> list[Any]:
    if not isinstance(body, list):
        raise failed(f"The object is no {kind} file.")
    return body


def _csv(text: str, config: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The rows as objects of texts. A short row has empty texts at its end; what a long one has beyond is left out."""
    try:
        rows: Iterable[list[str]] = [
            row for row in csv.reader(StringIO(text), delimiter=DELIMITERS[config.get("CSVDelimiter", "COMMA")]) if row
        ]
    except csv.Error as error:
        raise failed(f"The object is not CSV: {error}") from None
    names: list[str] | None = config.get("CSVHeaders") if config.get("CSVHeaderLocation") == "GIVEN" else None
    for row in rows:
        if names is None:
            names = row
            continue
        yield {name: row[place] if place < len(row) else "" for place, name in enumerate(names)}


def _of_manifest(store: Store, body: Any, config: Mapping[str, Any]) -> Iterator[Any]:
    """S3_INVENTORY: the rows of all files that the manifest lists. ATHENA_DATA: the rows of all objects whose URIs
    stand in the object, one a line."""
    left = MOST_READ
    if config.get("ManifestType") == "ATHENA_DATA":
        for line in as_text(body).split("\n"):
            uri = line.strip().strip('"').removeprefix("s3://")
            if uri:
                bucket, _, key = uri.partition("/")
                rows = _object(store, bucket, key)
                left = _left(left, rows)
                yield from _rows(rows, config)
        return
    manifest = _json(body)
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, list):
        raise failed("The object is no S3 inventory manifest: it has no files.")
    bucket = str(manifest.get("destinationBucket", "")).removeprefix("arn:aws:s3:::")
    names = [name.strip() for name in str(manifest.get("fileSchema", "")).split(",")]
    for file in files:
        named = file.get("key") if isinstance(file, dict) else None
        rows = _object(store, bucket, str(named))
        left = _left(left, rows)
        given = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": names}
        yield from _csv(rows, given) if isinstance(rows, str) else _array(rows, "inventory")


def _left(left: int, body: Any) -> int:
    """What may still be read after a file of a manifest."""
    left -= least_size(body, MOST_READ)
    if left < 0:
        raise failed(f"The files of the manifest have more than {MOST_READ:,} letters together.")
    return left
