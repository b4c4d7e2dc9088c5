"""The forms of check of ``docs/formats.md`` 5: what each needs to see of a run, and what it finds there.

A check is data: ``{"count": match, "is": 5}``. Each form is two functions, ``needs`` and ``find``; ``find`` gives the
figure, whatever the check expects, so that the same form answers a prediction and asserts a claim. ``FORMS`` has them
all.

A match names ``type``, ``node``, ``link``, ``message`` (a name), ``number`` (which of several messages of that name,
from 1), ``reason`` (its code) and anything of ``IN_DETAIL``. An object matches one that has all of its keys; JSON
text is read where an object or a list is expected of it; ``by`` may name a consumer whatever its worker.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any, Final

from courseapp.engine.kernel import Record, detail_of
from courseapp.engine.limits.values import run_less_value
from courseapp.lessons.equations import COMPARISONS, read_equation
from courseapp.lessons.runs import Needs, Observation

Check = Mapping[str, Any]
Match = Mapping[str, Any]

IN_RECORD: Final = ("type", "node", "link", "message", "number", "reason")
IN_DETAIL: Final = (
    "action", "attributes", "body", "by", "count", "error", "input", "name", "output", "state", "status", "text",
    "to", "try",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """``needs(check, until_ms)`` and ``find(check, observation)``; ``expects`` names the key that holds the expected
    figure."""

    needs: Callable[[Check, int], Needs]
    find: Callable[[Check, Observation], Any]
    expects: str = "is"


def form_of(check: Check) -> Form:
    """Raises ValueError for a check that is none of the forms."""
    for name, form in FORMS.items():
        if name in check:
            return form
    raise ValueError(f"a check is one of {', '.join(FORMS)}, not {dict(check)}")


def needs(check: Check, until_ms: int) -> Needs:
    return form_of(check).needs(check, until_ms)


def find(check: Check, observation: Observation) -> Any:
    """Seconds for ``at`` and ``first``, a number for ``count`` and ``gauge``, a list for ``order``; None where there
    is none."""
    return form_of(check).find(check, observation)


def expected(check: Check) -> Any:
    """What the check expects; None where it does not say."""
    if "never" in check:
        return 0
    if "invariant" in check:
        return True
    return check.get(form_of(check).expects, check.get("is"))


def agrees(found: Any, wanted: Any) -> bool:
    """Equal, where figures may differ by the last bits of a float."""
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        return len(found) == len(wanted) and all(map(agrees, found, wanted))
    return bool(found == wanted)


def ms(seconds: float) -> int:
    return round(seconds * 1000)


# --- Records ---


def matching(match: Match, observation: Observation, check: Check | None = None) -> list[Record]:
    """The records that match, within the check's span if it has one (both ends included)."""
    unknown = set(match) - {*IN_RECORD, *IN_DETAIL}
    if unknown:
        raise ValueError(f"a match has no {sorted(unknown)[0]!r}; known are {', '.join((*IN_RECORD, *IN_DETAIL))}")
    begin, end = _span(check or {}, None)
    test = _test(match)
    utterance = _utterance(match, observation) if "number" in match else None
    return [
        record
        for record in observation.records
        if (begin is None or record[0] >= begin)
        and (end is None or record[0] <= end)
        and (utterance is None or (record[4] is not None and record[4].uid >> 8 == utterance))
        and test(record)
    ]


def _utterance(match: Match, observation: Observation) -> int:
    """Which message is meant by a name and a number: all its copies have uids that begin with the number returned."""
    named = (record[4].uid >> 8 for record in observation.records if record[4] and record[4].name == match["message"])
    in_order = list(dict.fromkeys(named))
    return in_order[match["number"] - 1] if match["number"] <= len(in_order) else -1


def _test(match: Match) -> Callable[[Record], bool]:
    in_detail = [(name, match[name]) for name in IN_DETAIL if name in match]
    kind, node, link, reason = (match.get(name) for name in ("type", "node", "link", "reason"))

    def test(record: Record) -> bool:
        if kind is not None and record[1] != kind:
            return False
        if node is not None and record[2] != node:
            return False
        if link is not None and record[3] != link:
            return False
        if reason is not None and (record[5] is None or record[5][0] != reason):
            return False
        if "message" in match and (record[4] is None or record[4].name != match["message"]):
            return False
        if not in_detail:
            return True
        detail = detail_of(record)
        return all(_fits(detail.get(name), wanted, name) for name, wanted in in_detail)

    return test


def _fits(found: Any, wanted: Any, name: str = "") -> bool:
    if isinstance(wanted, dict | list) and isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return False
    if isinstance(wanted, dict):
        return isinstance(found, Mapping) and all(key in found and _fits(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(found, list | tuple) and len(found) == len(wanted) and all(map(_fits, found, wanted))
    if name == "by" and isinstance(found, str):
        return wanted in (found, found.partition("#")[0])
    return agrees(found, wanted)


def _span(check: Check, until_ms: int | None) -> tuple[int | None, int | None]:
    begin, end = check.get("from_seconds"), check.get("to_seconds")
    return None if begin is None else ms(begin), until_ms if end is None else ms(end)


def _needs_records(check: Check, until_ms: int) -> Needs:
    return Needs(until_ms)


def _find_at(check: Check, observation: Observation) -> float | None:
    records = matching(check["at"], observation)
    nth = check.get("nth", 1)
    return records[nth - 1][0] / 1000 if len(records) >= nth else None


def _find_count(check: Check, observation: Observation) -> int:
    return len(matching(check["count"], observation, check))


def _find_order(check: Check, observation: Observation) -> list[Any]:
    records = matching(check["order"], observation, check)
    what = check.get("of", "message")
    if what == "message":
        return [None if record[4] is None else record[4].name for record in records]
    if what == "node":
        return [record[2] for record in records]
    return [detail_of(record).get(what) for record in records]


def _find_never(check: Check, observation: Observation) -> int:
    return len(matching(check["never"], observation, check))


# --- Metrics ---


def _needs_gauge(check: Check, until_ms: int) -> Needs:
    metrics = frozenset({(check["node"], check["gauge"])})
    if "at_seconds" in check:
        return Needs(until_ms, metrics, frozenset({ms(check["at_seconds"])}))
    return Needs(until_ms, metrics, span=_watched(check, until_ms))


def _watched(check: Check, until_ms: int) -> tuple[int, int]:
    for name in ("max", "min", "first"):
        if name in check:
            begin, end = (
                check[name].get("from_seconds", check[name].get("after_seconds", 0)),
                check[name].get("to_seconds"),
            )
            return ms(begin), until_ms if end is None else ms(end)
    raise ValueError(f"a gauge needs at_seconds, first, max or min: {dict(check)}")


def _find_gauge(check: Check, observation: Observation) -> float | None:
    metric = (check["node"], check["gauge"])
    if "at_seconds" in check:
        return observation.instants[ms(check["at_seconds"])].get(metric)
    begin, end = _watched(check, max((at_ms for at_ms, _ in observation.samples), default=0))
    seen = [(at_ms, row[metric]) for at_ms, row in observation.samples if begin <= at_ms <= end and metric in row]
    if "first" in check:
        compare, value = COMPARISONS[check["first"]["op"]], check["first"]["value"]
        return next((at_ms / 1000 for at_ms, figure in seen if compare(figure, value)), None)
    extreme = max if "max" in check else min
    return extreme((figure for _, figure in seen), default=None)


def _needs_invariant(check: Check, until_ms: int) -> Needs:
    begin, end = _span(check, until_ms)
    return Needs(
        until_ms, read_equation(check["invariant"]).metrics, span=(begin or 0, until_ms if end is None else end)
    )


def _find_invariant(check: Check, observation: Observation) -> bool | str:
    """True, or the first instant at which it does not hold, in words."""
    equation = read_equation(check["invariant"])
    begin, end = _span(check, None)
    for at_ms, row in observation.samples:
        if (begin is None or at_ms >= begin) and (end is None or at_ms <= end) and not equation.holds(row):
            left, right = equation.sides(row)
            return f"at {at_ms / 1000} s the sides are {left:g} and {right:g}"
    return True


# --- Neither ---


def _needs_nothing(check: Check, until_ms: int) -> Needs:
    return Needs(until_ms)


def _find_value(check: Check, observation: Observation) -> Any:
    return run_less_value(check["value"], check.get("arguments"))


FORMS: Final[Mapping[str, Form]] = {
    "at": Form(_needs_records, _find_at, "seconds"),
    "count": Form(_needs_records, _find_count),
    "order": Form(_needs_records, _find_order),
    "gauge": Form(_needs_gauge, _find_gauge),
    "never": Form(_needs_records, _find_never),
    "invariant": Form(_needs_invariant, _find_invariant),
    "value": Form(_needs_nothing, _find_value),
}
