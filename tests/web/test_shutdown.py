"""Hooks that run before the process ends."""

import asyncio
from collections.abc import Iterator

import pytest

from courseapp.web import shutdown


@pytest.fixture(autouse=True)
def no_hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shutdown, "_hooks", [])
    yield


async def test_every_hook_runs_once() -> None:
    ran: list[str] = []

    @shutdown.on_shutdown
    async def first() -> None:
        ran.append("first")

    shutdown.on_shutdown(first)
    await shutdown.run_all()
    assert ran == ["first"]


async def test_one_that_fails_or_hangs_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    ran: list[str] = []

    @shutdown.on_shutdown
    async def fails() -> None:
        raise RuntimeError("broken")

    @shutdown.on_shutdown
    async def hangs() -> None:
        await asyncio.Event().wait()

    @shutdown.on_shutdown
    async def works() -> None:
        ran.append("works")

    await shutdown.run_all(timeout_s=0.01)
    assert ran == ["works"]
    assert "fails" in caplog.text and "hangs" in caplog.text
