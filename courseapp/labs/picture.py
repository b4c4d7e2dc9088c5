"""What is sent of a run: the whole picture, and the batch of what has changed since the last one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from courseapp.diagram.words import names
from courseapp.engine.architecture import Architecture
from courseapp.engine.kernel import Record, as_json
from courseapp.labs import drawing, words
from courseapp.labs.patches import Patches
from courseapp.labs.timeline import Mark

MOST_RECORDS = 24
"""Records of a batch that are sent one by one; above it a batch carries counts for each link."""
MOST_GRAVE = 12
"""Records that are sent all the same then: what failed or came back."""
MOST_NEWEST = 3
"""Beside these the newest ones, so that what just happened is never older than the batch."""
FEW_RECORDS = 12
"""Records of a batch that are sent with all that the journal has; above it with what is drawn and said of them."""
LONGEST_TEXT = 120
"""Letters of a text in a batch; the inspector has it whole."""

UNSAID = frozenset({"empty_receive", "work_started", "visibility_changed"})
"""What a page does not tell among what just happened."""
TRAVELS = frozenset(
    {
        "sent", "published", "delivered", "delivery_failed", "filtered_out",
        "received", "written", "write_refused", "answered", "moved_to_dlq", "redriven",
    }
)  # fmt: skip

View = Mapping[str, Any]
Numbered = tuple[int, Record]
Drained = tuple[int, list[Record]]  # the sequence of the first, and the records


def titles_of(architecture: Architecture) -> dict[str, str]:
    return names(architecture)


def record_frame(
    sequence: int, record: Record, titles: words.Titles, along: str | None, lean: bool = False, says: str | None = None
) -> dict[str, Any]:
    """A record as the socket carries it: as in a journal file, with its sentence (``says`` if it has been worded
    already), its status and the link that it went along.
    """
    frame = as_json(sequence, record)
    if lean:
        by = frame["detail"].get("by")
        frame |= {"link": None, "detail": {"by": by} if record[1] == "received" else {}}
    detail = {name: _short(value) for name, value in frame["detail"].items() if value not in (None, {}, "")}
    message = record[4]
    looks = None if message is None else getattr(message, "type", None)
    group = None if message is None else getattr(message, "group", None)
    more = {
        "says": words.says(record, titles) if says is None else says,
        "status": words.status(record),
        "along": along,
        "looks": looks,
    }
    more["letter"] = group[:1].upper() if group else None
    return {name: value for name, value in {**frame, "detail": detail, **more}.items() if value is not None}


def alarm_frame(mark: Mark) -> dict[str, Any]:
    """A crossed alarm line as a batch carries it: beside the journal's records, since the engine knows of no alarm."""
    at_ms, status, says, sequence = mark
    return {"sequence": sequence, "at_ms": at_ms, "type": "alarm", "status": status, "says": says}


def _short(value: Any) -> Any:
    return value[: LONGEST_TEXT - 1] + "…" if isinstance(value, str) and len(value) > LONGEST_TEXT else value


class Routes:
    """Along which link of the document a record's message went."""

    def __init__(self, architecture: Architecture) -> None:
        self.links = {link.id for link in architecture.links}
        self.kinds = {node.id: node.kind for node in architecture.nodes}

    def along(self, record: Record) -> str | None:
        """The link's id, or None: nothing travelled, or another record of the same instant tells it."""
        _, kind, node, link, _, _, detail = record
        if kind in ("delivered", "delivery_failed", "filtered_out"):
            return None if self._is_answered(node, link) else link
        by = self._by(kind, detail)
        if kind in ("sent", "published") and by is not None and self.kinds.get(by) != "topic":
            return self._known(f"{by}/{node}")
        if kind == "received" and by is not None:
            return self._known(f"{node}/{by}")
        if kind in ("written", "write_refused", "answered") and by is not None and self.kinds.get(by) != "topic":
            return self._known(f"{by}/{node}")
        if kind in ("moved_to_dlq", "redriven") and isinstance(detail, dict):
            source = link.partition("/")[2] if link else node
            return f"{source}/{detail.get('to')}"
        return None

    def _is_answered(self, caller: str | None, link: str | None) -> bool:
        """Whether whom a publisher calls tells of the call."""
        callee = (link or "").partition("/")[2]
        return self.kinds.get(caller or "") == "publisher" and self.kinds.get(callee) in ("database", "http")

    def _by(self, kind: str, detail: Any) -> str | None:
        by = (
            detail[0]
            if isinstance(detail, tuple) and detail
            else detail.get("by")
            if isinstance(detail, dict)
            else None
        )
        return str(by).partition("#")[0] if by is not None else None

    def _known(self, link: str) -> str | None:
        return link if link in self.links else None


def records_and_counts(
    drained: Sequence[Drained], titles: words.Titles, routes: Routes, marks: Sequence[Mark] = ()
) -> tuple[list[dict[str, Any]], dict[str, dict[str, int]]]:
    """Records one by one while they are few, else the grave and the newest ones, and how many of each type went along
    each link.

    Those among ``marks`` have their sentences there.
    """
    said = {sequence: says for _, _, says, sequence in marks}
    many = sum(len(records) for _, records in drained)
    if many <= MOST_RECORDS:
        lean = many > FEW_RECORDS
        return [
            record_frame(sequence, record, titles, routes.along(record), lean, said.get(sequence))
            for first, records in drained
            for sequence, record in enumerate(records, first)
        ], {}
    counts: dict[str, dict[str, int]] = {}
    grave: list[Numbered] = []
    alike: dict[tuple[Any, ...], tuple[Record, int]] = {}  # records that went the same way, told by one of them
    for first, records in drained:
        for sequence, record in enumerate(records, first):
            _, kind, node, link, message, _, detail = record
            if len(grave) < MOST_GRAVE and kind not in words.HARMLESS and words.is_grave(record):
                grave.append((sequence, record))
            if message is not None and kind in TRAVELS:
                by = detail[0] if isinstance(detail, tuple) and detail else None
                key = (kind, node, link, by, message.type)
                alike[key] = (record, alike[key][1] + 1) if key in alike else (record, 1)
    for record, times in alike.values():
        way = routes.along(record)
        if way is not None:
            of_link = counts.setdefault(way, {})
            of_link[record[4].type] = of_link.get(record[4].type, 0) + times
    told = sorted(dict([*grave, *_newest(drained)]).items())
    return [record_frame(each, record, titles, None, True, said.get(each)) for each, record in told], counts


def _newest(drained: Sequence[Drained]) -> Iterator[Numbered]:
    """The newest records that say something, the last one first."""
    backwards = (
        (first + place, records[place])
        for first, records in reversed(drained)
        for place in reversed(range(len(records)))
    )
    return islice((each for each in backwards if each[1][1] not in UNSAID), MOST_NEWEST)


def without_words(marks: Sequence[Mark], records: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """Marks of a batch: the sentence of one whose record stands in the same batch is in that record."""
    told = {record["sequence"] for record in records}
    return [(at_ms, status, "" if sequence in told else says, sequence) for at_ms, status, says, sequence in marks]


class Shown:
    """What the viewers have of a run, so that only what changed need be sent.

    ``narrow`` is set while somebody looks at it on a phone: the diagram then goes out in both layouts.
    """

    def __init__(self, architecture: Architecture, narrow: bool = False) -> None:
        self.architecture = architecture
        self.titles = titles_of(architecture)
        self.routes = Routes(architecture)
        self.wide = drawing.Drawing(architecture)
        self.narrow: drawing.Drawing | None = None
        self.nodes: dict[str, View] = {}
        self.links: dict[str, View] = {}
        self.due = False  # a node looks different by now from how it was last drawn
        self.gauges: dict[str, dict[str, float]] = {}
        self.patches = {layout: Patches() for layout in ("parts", "narrow_parts")}
        if narrow:
            self.also_narrow()

    def also_narrow(self) -> None:
        if self.narrow is None:
            self.narrow = drawing.Drawing(self.architecture, narrow=True)

    def is_of(self, architecture: Architecture) -> bool:
        """Whether the diagram is still that of the document; an equal one is as good as the same."""
        if architecture is not self.architecture:
            if architecture != self.architecture:
                return False
            self.architecture = architecture
        return True

    def whole(self, view: View, now_ms: int) -> dict[str, Any]:
        """The fields of a picture that show the run itself."""
        self.nodes, self.links, self.due = dict(view["nodes"]), dict(view["links"]), False
        self.gauges = {node: dict(seen.get("gauges", {})) for node, seen in self.nodes.items()}
        for patches in self.patches.values():
            patches.forget()
        document = self.architecture.as_json()
        return {
            "diagram": self.wide.whole(view, now_ms),
            "narrow_diagram": self.narrow.whole(view, now_ms) if self.narrow else None,
            "nodes": self.nodes,
            "links": self.links,
            "architecture": {name: document[name] for name in ("nodes", "links", "starts_at")},
        }

    def changes(self, view: View, now_ms: int, draw: bool = True) -> dict[str, Any]:
        """The fields of a batch for the nodes and links that look different now.

        Without ``draw`` nodes are not drawn anew, which is most of a batch; they stay due for the next time.
        """
        nodes, links = view["nodes"], view["links"]
        changed = {node: seen for node, seen in nodes.items() if seen != self.nodes.get(node)}
        changed_links = {
            link: {**seen, **self._drawn_anew(link, seen)}
            for link, seen in links.items()
            if seen != self.links.get(link)
        }
        self.links = dict(links)
        fields: dict[str, Any] = {"gauges": self._new_gauges(changed), "links": changed_links}
        self.due = bool(changed) and not draw
        if draw:
            self.nodes = dict(nodes)
            fields["parts"] = {node: self.wide.node(node, seen, now_ms) for node, seen in changed.items()}
            if self.narrow:
                fields["narrow_parts"] = {node: self.narrow.node(node, seen, now_ms) for node, seen in changed.items()}
        return fields

    def patched(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The same fields, with each node's picture told by what has changed in it."""
        return {name: self.patches[name].of(told) if name in self.patches else told for name, told in fields.items()}

    def _new_gauges(self, changed: Mapping[str, View]) -> dict[str, dict[str, float]]:
        new: dict[str, dict[str, float]] = {}
        for node, seen in changed.items():
            known = self.gauges.setdefault(node, {})
            told = {metric: value for metric, value in seen.get("gauges", {}).items() if known.get(metric) != value}
            if told:
                known.update(told)
                new[node] = told
        return new

    def _drawn_anew(self, link: str, seen: View) -> dict[str, str]:
        """The SVG of a link that says something else than before, in each layout."""
        before = self.links.get(link, {})
        if all(seen.get(name) == before.get(name) for name in ("status", "says")):
            return {}
        drawn = {"svg": self.wide.link(link, seen)}
        return drawn | ({"narrow_svg": self.narrow.link(link, seen)} if self.narrow else {})
