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
    ours = cpu_seconds(lambda: run_ours(6, SECONDS))
    peer = cpu_seconds(lambda: run_simpy(6, SECONDS))
    return Measured(ours, "CPU s", "SimPy, no journal", peer)


@benchmark("engine/fanout-lean")
def fanout_lean() -> Measured:
    """Beside the leanest SimPy model there can be: no topic, and nobody waits for a put."""
    ours = cpu_seconds(lambda: run_ours(6, SECONDS))
    peer = cpu_seconds(lambda: run_simpy(6, SECONDS, lean=True))
    return Measured(ours, "CPU s", "SimPy without a topic, no journal", peer)


BACKLOG = """
import json, resource, time
from tests.benchmarks.fanout import run_ours
times = []
for seconds in (5_000, 10_000):
    began = time.process_time()
    run_ours(20, seconds)
    times.append(time.process_time() - began)
print(json.dumps([times, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


@benchmark("engine/backlog")
def backlog() -> Measured:
    """MiB of a process in which about 1.5 million messages pile up; the peer is the limit that the project sets."""
    done = subprocess.run([sys.executable, "-c", BACKLOG], capture_output=True, text=True, check=True)
    times, mib = json.loads(done.stdout)
    growth = times[1] / times[0]
    return Measured(mib, "MiB", f"limit; twice the time takes {growth:.2f} times as long", 300)


@benchmark("engine/journal")
def journal() -> Measured:
    """How many times as long a run takes with its journal."""
    on = cpu_seconds(lambda: run_ours(6, SECONDS // 4), 3)
    off = cpu_seconds(lambda: run_ours(6, SECONDS // 4, journal=False), 3)
    return Measured(on / off, "times", "limit", 1.5)
