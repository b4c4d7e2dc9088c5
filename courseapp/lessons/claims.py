"""Claims: the sentences under *Explain* that a run must bear out, and the verdict of the run on each.

A claim of a lab is ``{"id", "says", "variant", "until_seconds", "checks"}``. All its checks are made on one run of
the lab's document with the variant applied; ``{value}`` in ``says`` becomes the figure that the first check found, and
``{clock}`` that moment as the clock shows it. A check with ``"seeds": n`` is made on n runs, with the seeds 1 to n:
each must hold, or, with ``"between": [low, high]``, the mean of what they find must lie there, ends included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from statistics import fmean
from typing import Any

from courseapp.lessons import checks
from courseapp.lessons.clock import clock_text
from courseapp.lessons.content import LabContent
from courseapp.lessons.runs import Needs, Observation, observe
from courseapp.lessons.variants import apply_variant


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found against what it expects."""

    check: Mapping[str, Any]
    holds: bool
    found: Any
    expected: Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """``found`` and ``expected`` are those of the first check that does not hold, or of the first; ``says`` has its
    figures."""

    holds: bool
    found: Any
    expected: Any
    says: str
    findings: tuple[Finding, ...]


def check(claim: Mapping[str, Any], content: LabContent) -> Verdict:
    """Let a run decide on a claim. Raises ValueError for a claim that cannot be read, or whose command is refused."""
    findings = tuple(_findings(claim, content))
    shown = next((finding for finding in findings if not finding.holds), findings[0])
    found = findings[0].found
    says = claim["says"].replace("{value}", figure(found))
    if "{clock}" in says:
        says = says.replace(
            "{clock}", figure(None) if found is None else clock_text(content.document["starts_at"], found)
        )
    return Verdict(all(finding.holds for finding in findings), shown.found, shown.expected, says, findings)


def look(
    content: LabContent,
    variant: Mapping[str, Any] | None,
    wanted: list[Mapping[str, Any]],
    until_seconds: float,
    seed: int | None = None,
) -> Observation:
    """One run of the lab with the variant, on which all the checks ``wanted`` can be answered."""
    document, commands = apply_variant(content.document, content.lab["script"], variant)
    until_ms = checks.ms(until_seconds)
    needs = reduce(or_, (checks.needs(each, until_ms) for each in wanted), Needs(until_ms))
    return observe(document, commands, content.lab["seed"] if seed is None else seed, needs)


def figure(value: Any) -> str:
    """A figure as it is shown: ``1,500``, ``0.0002``, ``604,803.5``; a list with commas; nothing as ``never``."""
    if value is None:
        return "never"
    if isinstance(value, list | tuple):
        return ", ".join(figure(each) for each in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.7f}".rstrip("0").rstrip(".")


def _findings(claim: Mapping[str, Any], content: LabContent) -> list[Finding]:
    single = [each for each in claim["checks"] if "seeds" not in each and "value" not in each]
    variant, until_seconds = claim.get("variant"), claim.get("until_seconds", 0)
    seen = look(content, variant, single, until_seconds) if single else Observation((), {}, ())
    return [
        _over_seeds(each, variant, until_seconds, content)
        if "seeds" in each
        else _finding(each, checks.find(each, seen))
        for each in claim["checks"]
    ]


def _finding(each: Mapping[str, Any], found: Any) -> Finding:
    if "between" in each:
        low, high = each["between"]
        return Finding(each, found is not None and low <= found <= high, found, (low, high))
    wanted = checks.expected(each)
    return Finding(each, checks.agrees(found, wanted), found, wanted)


def _over_seeds(
    each: Mapping[str, Any], variant: Mapping[str, Any] | None, until_seconds: float, content: LabContent
) -> Finding:
    found = [
        checks.find(each, look(content, variant, [each], until_seconds, seed)) for seed in range(1, each["seeds"] + 1)
    ]
    if "between" in each:
        return _finding(each, fmean(found))
    return next((one for one in (_finding(each, value) for value in found) if not one.holds), _finding(each, found[0]))
