"""What must be done before the process ends, while sockets are still open and the loop still runs.

Daphne has no lifespan events; `manage.py serve` calls `run_all` when it is told to stop, before it ends applications.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

Hook = Callable[[], Awaitable[object]]

log = logging.getLogger(__name__)
_hooks: list[Hook] = []


def on_shutdown(hook: Hook) -> Hook:
    """Have `hook` awaited at shutdown, on the server's loop. Registering it twice changes nothing. Also a decorator."""
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


async def run_all(timeout_s: float = 5.0) -> None:
    """Run every hook, all at once; one that fails or hangs is logged and holds up nobody else."""
    names = [getattr(hook, "__qualname__", repr(hook)) for hook in _hooks]
    results = await asyncio.gather(*(asyncio.wait_for(hook(), timeout_s) for hook in _hooks), return_exceptions=True)
    for name, result in zip(names, results, strict=True):
        if isinstance(result, BaseException):
            log.error("At shutdown, %s failed: %r", name, result)
