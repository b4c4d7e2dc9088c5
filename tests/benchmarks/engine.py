"""What the engine costs: a steady fan-out, a growing backlog, and its journal."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.benchmarks import Measured, benchmark, cpu_seconds
from tests.benchmarks.fanout import run_ours, run_simpy

SECONDS = 10_000


@benchmark("engine/fanout")
def fanout() -> Measured:
    ours = cpu_seconds(lambda: run_ours(6, SECONDS), 3)
    peer = cpu_seconds(lambda: run_simpy(6, SECONDS), 3)
    return Measured(ours, "CPU s", "SimPy, no journal", peer)


@benchmark("engine/fanout-lean")
def fanout_lean() -> Measured:
    """Beside the leanest SimPy model there can be: no topic, and nobody waits for a put."""
    ours = cpu_seconds(lambda: run_ours(6, SECONDS), 3)
    peer = cpu_seconds(lambda: run_simpy(6, SECONDS, lean=True))
    return Measured(ours, "CPU s", "SimPy without a topic, no journal", peer)


BACKLOG = """
import json, resource, sys, time
from tests.benchmarks.fanout import run_ours
began = time.process_time()
run_ours(20, int(sys.argv[1]))
print(json.dumps([time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def backlog_of(seconds: int) -> tuple[float, float]:
    """CPU seconds and MiB of a process of its own, in which nothing of another run is left."""
    command = [sys.executable, "-c", BACKLOG, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cpu_s, mib = json.loads(done.stdout)
    return cpu_s, mib


@benchmark("engine/backlog")
def backlog() -> Measured:
    """MiB of a process in which about 1.5 million messages pile up; the peer is the limit that the project sets."""
    half_s, _ = backlog_of(SECONDS // 2)
    whole_s, mib = backlog_of(SECONDS)
    return Measured(mib, "MiB", f"limit; twice the time takes {whole_s / half_s:.2f} times as long", 300)


@benchmark("engine/journal")
def journal() -> Measured:
    """How many times as long a run takes with its journal."""
    on = cpu_seconds(lambda: run_ours(6, SECONDS // 4), 3)
    off = cpu_seconds(lambda: run_ours(6, SECONDS // 4, journal=False), 3)
    return Measured(on / off, "times", "limit", 1.5)
