"""Where the browser is. `python -m tests.chromium` gets one if there is none.

In this order: the one named by CHROMIUM; one that is installed; Playwright's own. To get one: Debian's package where
we may install it, else Playwright's download. Without any the browser tests are skipped, an error where CI is set.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = "No Chromium was found or could be installed: set CHROMIUM to the path of one. Browser tests are skipped."
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """The path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next(filter(None, map(shutil.which, NAMES)), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def get() -> None:
    """Install one. Says what failed and goes on: the caller looks again."""
    if os.geteuid() == 0 and Path("/etc/debian_version").exists():
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", "chromium"])
    if find() is None:
        _try([sys.executable, "-m", "playwright", "install", "chromium"])


def _try(command: list[str]) -> None:
    print("Getting a Chromium for the browser tests:", " ".join(command), flush=True)
    done = subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False)
    if done.returncode:
        print(f"This failed with code {done.returncode}.", flush=True)


if __name__ == "__main__":
    if find() is None:
        get()
    if find() is None:
        print(MISSING)
        sys.exit(1 if os.environ.get("CI") else 0)
