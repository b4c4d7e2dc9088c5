"""Queues: a box of lanes, Delayed, Visible, In flight, always in that order; a FIFO queue gives each group a lane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from courseapp.diagram.geometry import Box, number
from courseapp.diagram.lanes import singles, visible
from courseapp.diagram.model import Placed
from courseapp.diagram.shapes import big_room, digits, frame, gauge, header, lane, text
from courseapp.diagram.text import clock, count, fit, width
from courseapp.diagram.tokens import draw_packet, draw_token, packet_width

VISIBLE = "ApproximateNumberOfMessagesVisible"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
DELAYED = "ApproximateNumberOfMessagesDelayed"
TALLY = (("Visible", "visible", VISIBLE), ("In flight", "in_flight", IN_FLIGHT), ("Delayed", "delayed", DELAYED))
HELD = "messages"  # all three together: ours, CloudWatch has no name for it
View = Mapping[str, Any]


def queue(node: Placed, view: View, now_ms: int) -> str:
    counts = view.get("counts") or {}
    many = {name: int(counts.get(name, 0)) for name in ("delayed", "visible", "in_flight")}
    if node.form == "row":
        return _row(node, view, many, now_ms)
    whole = sum(many.values())
    drawn = [frame(node.box), header(node, big_room(whole), _short_caption(node))]
    drawn.append(gauge(HELD, whole, node.box.right - 14, node.box.y + 30, "big"))
    forms = {"groups": _groups, "flat": _flat, "small": _small, "phone": _phone}
    drawn.append(forms.get(node.form, _stacked)(node, view, many, now_ms))
    return "".join(drawn)


def _short_caption(node: Placed) -> str:
    """Without the word queue where it wouldn't fit."""
    return node.caption.removesuffix(" queue") if node.box.width < 200 else ""


# --- Lanes ---


def _lane(box: Box, words: str, metric: str, many: int) -> str:
    return lane(box) + text(words, box.x + 10, box.y + 18) + gauge(metric, many, box.right - 10, box.y + 18)


def _visible(box: Box, view: View, many: int, now_ms: int) -> str:
    room = Box(box.x + 8, box.y + 26, box.width - 16, box.height - 32)
    tokens = (view.get("lanes") or {}).get("visible") or ()
    by_type = view.get("by_type") or {}
    drawn = _lane(box, "Visible", VISIBLE, many) + _alarm(box, view, many)
    return drawn + visible(tokens, by_type, many, room, now_ms)


def _alarm(box: Box, view: View, many: int) -> str:
    """The alarm line on a scale beside the lane's title, and how near to it, or how far over it, the lane is."""
    alarm = view.get("alarm")
    if not alarm or box.width < 170:
        return ""
    line, over = int(alarm["at"]), bool(alarm["over"])
    left, right, y = box.x + 62, box.right - 48, box.y + 14
    most = max(many, 2 * line)
    at, to = left + (right - left) * line / most, left + (right - left) * many / most
    state = " over" if over else ""
    drawn = f'<path class="alarm-scale" d="M{number(left)} {number(y)}H{number(right)}"/>'
    drawn += f'<path class="alarm-level{state}" d="M{number(left)} {number(y)}H{number(to)}"/>' if many else ""
    drawn += f'<path class="alarm-line" d="M{number(at)} {number(y - 7)}v14"/>'
    return drawn


def _delayed(box: Box, view: View, many: int, now_ms: int) -> str:
    tokens = (view.get("lanes") or {}).get("delayed") or ()
    drawn = _lane(box, "Delayed", DELAYED, many)
    shown = tokens[: int((box.width - 130) // 26)] if box.width > 160 else tokens[:2]
    if box.width <= 160:
        for place, token in enumerate(shown):
            y = box.y + 38 + 24 * place
            drawn += draw_token(token, box.x + 18, y, "delayed", now_ms, 7)
            drawn += _remaining(token, now_ms, box.x + 34, y + 4)
        return drawn
    for place, token in enumerate(shown):
        drawn += draw_token(token, box.x + 20 + 26 * place, box.y + 39, "delayed", now_ms, 7.6)
    if many > len(shown):
        x = box.x + 14 + 26 * len(shown)
        drawn += text(f"+{count(many - len(shown))}", x, box.y + 43, "mono")
    if shown:
        ends = [token["until_ms"] for token in shown if isinstance(token.get("until_ms"), int)]
        if ends:
            words = f"visible in {clock(min(ends) - now_ms)}"
            drawn += text(
                words,
                box.right - 10,
                box.y + 43,
                "cap3",
                "end",
                f' data-until="{min(ends)}" data-form="visible in {{}}"',
            )
    return drawn


def _remaining(token: View, now_ms: int, x: float, y: float) -> str:
    end = token.get("until_ms")
    return text(clock(end - now_ms), x, y, "mono", "", f' data-until="{end}"') if isinstance(end, int) else ""


def _in_flight(node: Placed, box: Box, view: View, many: int, now_ms: int, across: int = 3) -> str:
    """Rings with digits and holders while they are few, then smaller rings, then a packet for the rest."""
    tokens = (view.get("lanes") or {}).get("in_flight") or ()
    drawn = _lane(box, "In flight", IN_FLIGHT, many)
    if not tokens:
        return drawn + _rest(box, many, 0)
    if len(tokens) <= across and many <= across and box.height >= 76:
        return drawn + "".join(
            _held(node, token, box.x + box.width * (2 * place + 1) / (2 * len(tokens)), box, now_ms, len(tokens))
            for place, token in enumerate(tokens)
        )
    pitch, first = 30.0, 44.0
    columns = int((box.width - 12) // pitch)
    rows = max(1, int((box.height - 24) // pitch))
    room = columns * rows - (2 if many > columns * rows or many > len(tokens) else 0)
    for place, token in enumerate(tokens[:room]):
        x = box.x + 6 + pitch * (place % columns + 0.5)
        drawn += draw_token(token, x, box.y + first + pitch * (place // columns) - 4, "in_flight", now_ms, 7)
    return drawn + _rest(box, many, min(len(tokens), room))


def _rest(box: Box, many: int, shown: int) -> str:
    if many <= shown:
        return ""
    left = many - shown
    return draw_packet("", left, box.right - 10 - packet_width(left) / 2, box.bottom - 16)


def _held(node: Placed, token: View, x: float, box: Box, now_ms: int, beside: int) -> str:
    holder = str(token.get("holder") or "")
    tall = box.height >= 100
    drawn = draw_token(token, x, box.y + (50 if tall else 46), "in_flight", now_ms, 9 if tall else 8)
    drawn += digits(token.get("until_ms"), now_ms, x, box.y + (83 if tall else 74))
    if holder:
        drawn += text(
            fit(f"held by {_reader(node, holder)}", box.width / beside - 6, 11.5),
            x,
            box.y + (98 if tall else 89),
            "cap3",
            "middle",
        )
    return drawn


def _reader(node: Placed, holder: str) -> str:
    """Whoever holds a message, by name; ``consumer#2`` is its second worker."""
    name, _, worker = holder.partition("#")
    readers: Mapping[str, str] = node.facts.get("readers") or {}  # type: ignore[assignment]
    title = readers.get(name, name)
    crews: frozenset[str] = node.facts.get("crews") or frozenset()  # type: ignore[assignment]
    return f"{title} {worker or 1}" if name in crews or worker not in ("", "1") else title


# --- Forms ---


def _stacked(node: Placed, view: View, many: Mapping[str, int], now_ms: int) -> str:
    """Lanes one under another; the tall form of a picture with one or two queues."""
    box = node.box
    x, wide, y = box.x + 8, box.width - 16, box.y + 48
    drawn = ""
    if node.facts.get("delayed"):
        drawn += _delayed(Box(x, y, wide, 56), view, many["delayed"], now_ms)
        y += 64
    high = float(node.facts.get("visible", 112))  # type: ignore[arg-type]
    drawn += _visible(Box(x, y, wide, high), view, many["visible"], now_ms)
    y += high + 8
    return drawn + _in_flight(node, Box(x, y, wide, box.bottom - 8 - y), view, many["in_flight"], now_ms)


def _flat(node: Placed, view: View, many: Mapping[str, int], now_ms: int) -> str:
    """Lanes beside each other."""
    box = node.box
    y, high, right = box.y + 46, box.height - 54, 104.0
    delay = 74.0 if node.facts.get("delayed") else 0.0
    drawn = _delayed(Box(box.x + 8, y, delay, high), view, many["delayed"], now_ms) if delay else ""
    start = box.x + 8 + (delay + 6 if delay else 0)
    drawn += _visible(Box(start, y, box.right - 14 - right - start, high), view, many["visible"], now_ms)
    return drawn + _beside(node, Box(box.right - 8 - right, y, right, high), view, many["in_flight"], now_ms)


def _beside(node: Placed, box: Box, view: View, many: int, now_ms: int) -> str:
    """A low In flight lane: one ring with its digits, or up to three without."""
    tokens: Sequence[View] = (view.get("lanes") or {}).get("in_flight") or ()
    if len(tokens) != 1 or many != 1:
        return _in_flight(node, box, view, many, now_ms, 0)
    token = tokens[0]
    drawn = _lane(box, "In flight", IN_FLIGHT, many) + draw_token(
        token, box.x + 24, box.y + 43, "in_flight", now_ms, 7.6
    )
    end = token.get("until_ms")
    if isinstance(end, int):
        drawn += text(clock(end - now_ms), box.right - 10, box.y + 47, "mono digits", "end", f' data-until="{end}"')
    return drawn


def _small(node: Placed, view: View, many: Mapping[str, int], now_ms: int) -> str:
    """Half a phone's width: visible above, in flight as a line below."""
    box = node.box
    drawn = _visible(Box(box.x + 6, box.y + 44, box.width - 12, 72), view, many["visible"], now_ms)
    low = Box(box.x + 6, box.y + 120, box.width - 12, 26)
    drawn += lane(low) + text("In flight", low.x + 10, low.y + 17)
    drawn += gauge(IN_FLIGHT, many["in_flight"], low.right - 10, low.y + 17)
    tokens = (view.get("lanes") or {}).get("in_flight") or ()
    for place, token in enumerate(tokens[:2]):
        drawn += draw_token(token, low.x + 76 + 24 * place, low.y + 13, "in_flight", now_ms, 5.5)
    return drawn


def _phone(node: Placed, view: View, many: Mapping[str, int], now_ms: int) -> str:
    """A phone's width: Visible beside Delayed, In flight below."""
    box = node.box
    high = box.height - 160
    y, aside = box.y + 48, 84.0 if node.facts.get("delayed") else 0.0
    wide = box.width - 16 - (aside + 6 if aside else 0)
    drawn = _visible(Box(box.x + 8, y, wide, high), view, many["visible"], now_ms)
    if aside:
        drawn += _delayed(Box(box.right - 8 - aside, y, aside, high), view, many["delayed"], now_ms)
    y += high + 6
    return drawn + _in_flight(
        node, Box(box.x + 8, y, box.width - 16, box.bottom - 8 - y), view, many["in_flight"], now_ms
    )


def _row(node: Placed, view: View, many: Mapping[str, int], now_ms: int) -> str:
    """A dead-letter queue: what lies in it, and nothing more."""
    box = node.box
    whole = sum(many.values())
    drawn = frame(box)
    if box.height < 80:
        slim = box.width < 180  # then the number stands under the name
        drawn += header(node, 8 if slim else big_room(whole), "DLQ" if slim else "")
        return drawn + gauge(VISIBLE, many["visible"], box.right - 14, box.y + (44 if slim else 34), "big")
    drawn += header(node, big_room(whole)) + gauge(HELD, whole, box.right - 14, box.y + 30, "big")
    low = Box(box.x + 8, box.y + 46, box.width - 16, box.height - 54)
    drawn += lane(low)
    room = Box(low.x + 10, low.y + 6, low.width - 50, low.height - 12)
    tokens = (view.get("lanes") or {}).get("visible") or ()
    drawn += visible(tokens, view.get("by_type") or {}, many["visible"], room, now_ms)
    drawn += gauge(VISIBLE, many["visible"], low.right - 10, low.y + low.height / 2 + 4)
    held = (view.get("lanes") or {}).get("in_flight") or ()
    if held:
        drawn += singles(held[:2], Box(low.right - 84, low.y + 6, 54, low.height - 12), now_ms, "in_flight")
    return drawn


def _groups(node: Placed, view: View, many: Mapping[str, int], now_ms: int) -> str:
    """A FIFO queue: one row for each message group, the oldest message at the exit on the right."""
    box = node.box
    rows = int(node.facts.get("rows", 2))  # type: ignore[call-overload]
    found = _rows(node, view)
    drawn, y = "", box.y + 48
    for place in range(rows):
        row = Box(box.x + 8, y, box.width - 16, 50)
        drawn += lane(row)
        if place == rows - 1 and len(found) > rows:
            hidden = found[place:]
            waiting = sum(int(each.get("length", len(each["tokens"]))) for each in hidden)
            drawn += text(f"{len(hidden)} more groups", row.x + 12, row.y + 22, "nm")
            drawn += text(f"{count(waiting)} messages", row.x + 12, row.y + 39, "cap3")
        elif place < len(found):
            drawn += _group(row, found[place], now_ms)
        y += 56
    return drawn + _tally(box, many)


def _tally(box: Box, many: Mapping[str, int]) -> str:
    """The counts of a FIFO queue, in a line at its foot."""
    drawn, x, y = "", box.x + 20, box.bottom - 12
    for words, name, metric in TALLY:
        if name == "delayed" and not many[name]:
            continue
        drawn += text(words, x, y, "cap3") + gauge(metric, many[name], x + width(words) + 8, y, "mono", "start")
        x += width(words) + 48
    return drawn


def _rows(node: Placed, view: View) -> list[View]:
    """Groups with messages, and before them those that the document names, in its order."""
    groups = {str(each.get("group")): each for each in view.get("groups") or ()}
    named: Sequence[str] = node.facts.get("groups") or ()  # type: ignore[assignment]
    found: list[View] = [groups.pop(name, {"group": name, "tokens": [], "waits_for": None}) for name in named]
    return found + list(groups.values())


def _group(row: Box, group: View, now_ms: int) -> str:
    tokens = list(group.get("tokens") or ())
    waits = group.get("waits_for")
    exit_x = row.right - 92
    held = group.get("in_flight") or [token for token in tokens if token.get("holder")]
    waiting = [token for token in tokens if token not in held]
    words = f"waits for {waits}" if waits else "ready" if waiting else "nothing waits"
    drawn = text(fit(str(group.get("group")), 76, 13, True), row.x + 12, row.y + 22, "nm")
    drawn += text(fit(words, 88, 11.5), row.x + 12, row.y + 39, "cap3")
    drawn += f'<path class="exit" d="M{number(exit_x)} {number(row.y + 8)}v34"/>'
    if held:
        drawn += draw_token(held[0], exit_x + 22, row.y + 25, "in_flight", now_ms, 8)
        end = held[0].get("until_ms")
        drawn += text(fit(str(held[0].get("name") or ""), 46, 12, True), exit_x + 42, row.y + 22, "nm small")
        if isinstance(end, int):
            drawn += text(clock(end - now_ms), exit_x + 42, row.y + 38, "mono digits", "", f' data-until="{end}"')
    elif waiting:
        drawn += text("next", exit_x + 44, row.y + 29, "cap3", "middle")
    room = int((exit_x - row.x - 108) // 24) or 1
    for place, token in enumerate(waiting[:room]):
        drawn += draw_token(token, exit_x - 18 - 24 * place, row.y + 25, "visible", now_ms, 8, dimmed=bool(waits))
    more = int(group.get("length", len(tokens))) - len(held) - min(len(waiting), room)
    if more > 0:
        drawn += text(f"+{count(more)}", row.x + 100, row.y + 29, "mono", "end")
    return drawn
