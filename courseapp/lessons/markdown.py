"""The few marks that the course's texts use, rendered as HTML in which everything else is escaped.

The texts need headings, paragraphs, lists, fenced code, `code`, **bold**, *emphasis* and links, and their links name
things of the course (``glossary:``, ``lab:``, ``stop:``) besides addresses. So small a language is written here in
full, rather than narrowing a general library to it: what is not on this page cannot come out of a text, raw HTML
least of all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from courseapp.web.typography import apostrophes

# Where a link of the course leads; {} is what stands after the colon.
SCHEMES = {
    "glossary": '<a class="term" href="/glossary/{}/">',
    "lab": '<a href="/labs/{}/">',
    "stop": '<a href="/stops/{}/">',
    "https": '<a href="https:{}" rel="noopener">',
}

_INLINE = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*\*(?P<bold>.+?)\*\*"
    r"|\*(?P<emphasis>[^*\s](?:[^*]*[^*\s])?)\*"
    r"|\[(?P<text>[^\]]+)\]\((?P<scheme>[a-z]+):(?P<target>[^()\s]+)\)"
)
_ITEM = re.compile(r"(?:[-*]|(?P<number>\d+)\.) +")
_HEADING = re.compile(r"(#{1,4}) +(.+)")


class Html(str):
    """Text that is HTML already; a template writes it out as it stands."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text under a heading of the second rank. ``slug`` can name it in an address."""

    heading: str
    slug: str
    html: Html
    source: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text in its parts: the title (heading of the first rank), what stands before the first section, sections."""

    title: str
    lead: Html
    sections: tuple[Section, ...]

    def section(self, heading: str) -> Section | None:
        return next((section for section in self.sections if section.heading == heading), None)


def read_text(source: str) -> Text:
    """The parts of ``# Title``, lead, ``## Heading`` …; the title is empty where there is none."""
    title = ""
    lead: list[str] = []
    parts: list[tuple[str, list[str]]] = []
    in_code = False
    for line in source.splitlines():
        in_code ^= line.startswith("```")
        if not in_code and line.startswith("# ") and not title:
            title = apostrophes(line[2:].strip())
        elif not in_code and line.startswith("## "):
            parts.append((line[3:].strip(), []))
        else:
            (parts[-1][1] if parts else lead).append(line)
    sections = tuple(
        Section(apostrophes(heading), slug_of(heading), render("\n".join(lines)), "\n".join(lines).strip())
        for heading, lines in parts
    )
    return Text(title, render("\n".join(lead)), sections)


def slug_of(heading: str) -> str:
    """The heading in lower case with hyphens, such as ``visibility-timeout``."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def render(source: str) -> Html:
    """A text as HTML. Raises ValueError for a link whose scheme is not one of ``SCHEMES``."""
    return Html("\n".join(_blocks(source)))


def inline(text: str) -> Html:
    """The marks within one paragraph. Raises ValueError for a link whose scheme is not one of ``SCHEMES``."""
    pieces, end = [], 0
    for found in _INLINE.finditer(text):
        pieces += [_plain(text[end : found.start()]), _marked(found)]
        end = found.end()
    return Html("".join([*pieces, _plain(text[end:])]))


def _plain(text: str) -> str:
    return escape(apostrophes(text), quote=False)


def _marked(found: re.Match[str]) -> str:
    if found["code"]:
        return f"<code>{escape(found['code'], quote=False)}</code>"
    if found["bold"]:
        return f"<strong>{inline(found['bold'])}</strong>"
    if found["emphasis"]:
        return f"<em>{inline(found['emphasis'])}</em>"
    if found["scheme"] not in SCHEMES:
        raise ValueError(f"a link may begin with {', '.join(SCHEMES)}, not {found['scheme']!r}: {found[0]}")
    return SCHEMES[found["scheme"]].format(escape(found["target"])) + inline(found["text"]) + "</a>"


def _blocks(source: str) -> Iterator[str]:
    lines = source.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.startswith("```"):
            end = _index(lines, at + 1, lambda later: later.startswith("```"))
            yield f"<pre><code>{escape(chr(10).join(lines[at + 1 : end]), quote=False)}</code></pre>"
            at = end + 1
        elif heading := _HEADING.fullmatch(line):
            rank = len(heading[1])
            yield f"<h{rank}>{inline(heading[2])}</h{rank}>"
            at += 1
        elif item := _ITEM.match(line):
            end = _index(lines, at, lambda later: not later.strip())
            yield _list(lines[at:end], "ol" if item["number"] else "ul")
            at = end
        else:
            end = _index(lines, at + 1, _begins_a_block)
            yield f"<p>{inline(' '.join(part.strip() for part in lines[at:end]))}</p>"
            at = end


def _begins_a_block(line: str) -> bool:
    return not line.strip() or line.startswith("```") or bool(_HEADING.fullmatch(line) or _ITEM.match(line))


def _list(lines: list[str], tag: str) -> str:
    """Each line that begins with a sign is an item; any other line goes on with the item before it."""
    items: list[str] = []
    for line in lines:
        if found := _ITEM.match(line):
            items.append(line[found.end() :])
        else:
            items[-1] += " " + line.strip()
    return f"<{tag}>" + "".join(f"<li>{inline(item)}</li>" for item in items) + f"</{tag}>"


def _index(lines: list[str], start: int, wanted: Callable[[str], bool]) -> int:
    """The first line from ``start`` on that is wanted, or the end."""
    return next((at for at in range(start, len(lines)) if wanted(lines[at])), len(lines))
