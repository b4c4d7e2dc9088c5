"""Runs all benchmarks, or those that are named, and prints a table or one JSON object a line."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from tests.benchmarks import BENCHMARKS, Measured, machine

MODULES = ("engine", "states", "labs", "web")


def main(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    names = [argument for argument in arguments if not argument.startswith("-")]
    for module in MODULES:
        import_module(f"tests.benchmarks.{module}")
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"No benchmark is called {unknown[0]}. Known are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    if not as_json:
        print(f"{'name':<22}{'value':>12} {'unit':<18}{'peer':>12}  {'ratio':>6}  against\n{machine()}")
    for name in names or BENCHMARKS:
        print(line(name, BENCHMARKS[name](), as_json), flush=True)
    return 0


def line(name: str, measured: Measured, as_json: bool) -> str:
    ratio = measured.ratio
    if as_json:
        return json.dumps(
            {
                "name": name,
                "value": round(measured.value, 4),
                "unit": measured.unit,
                "peer": measured.peer,
                "peer_value": None if measured.peer_value is None else round(measured.peer_value, 4),
                "ratio": None if ratio is None else round(ratio, 3),
                "machine": machine(),
            }
        )
    peer = "" if measured.peer_value is None else f"{measured.peer_value:.3f}"
    compared = "" if ratio is None else f"{ratio:.2f}"
    return f"{name:<22}{measured.value:>12.3f} {measured.unit:<18}{peer:>12}  {compared:>6}  {measured.peer or ''}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
