"""`manage.py serve`: a real server, started and ended."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from courseapp.web.hosts import announcement, names_of
from tests.server import ROOT, Server


def status(url: str, host: str = "") -> int:
    try:
        with urlopen(Request(url, headers={"Host": host} if host else {}), timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


def test_it_serves_pages_and_static_files_under_hashed_names(site: Server) -> None:
    assert status(f"{site.url}/no/such/page/") == 404
    with urlopen(f"{site.url}/static/staticfiles.json", timeout=10) as answer:
        assert b"django_htmx/htmx" in answer.read()


def test_it_answers_to_its_own_names_only(site: Server) -> None:
    assert status(f"{site.url}/no/such/page/", "elsewhere.example") == 400


def test_a_socket_at_an_unknown_address_is_refused(site: Server) -> None:
    with pytest.raises(InvalidStatus), connect(f"{site.socket_url}/ws/nowhere/", origin=site.url):
        pass


def test_a_socket_from_another_site_is_refused(site: Server) -> None:
    with pytest.raises(InvalidStatus), connect(f"{site.socket_url}/ws/nowhere/", origin="http://elsewhere.example"):
        pass


def test_it_ends_cleanly_and_starts_again_at_the_same_address(tmp_path: Path) -> None:
    server = Server(tmp_path).start()
    assert status(f"{server.url}/static/none.css") == 404
    assert server.stop() == 0
    server.start()
    assert server.kill() == -9


def test_as_long_as_it_serves_the_log_of_sqlite_stays_open(tmp_path: Path) -> None:
    """The last connection that closes it waits for the disk: nobody's request or command shall be that one."""
    server = Server(tmp_path).prepare().start()
    written = tmp_path / "course.sqlite3-wal"
    assert written.exists()
    assert status(f"{server.url}/labs/nothing/") == 404
    assert written.exists()
    assert server.stop() == 0
    assert not written.exists()


WITH_A_HOOK = """
import asyncio, os, django
django.setup()
from courseapp.web.server import serve
from courseapp.web.shutdown import on_shutdown

async def hook():
    await asyncio.sleep(0)
    print("the hook has run", flush=True)

on_shutdown(hook)
serve("127.0.0.1", 0, say=lambda line: print(line, flush=True))
print("ended", flush=True)
"""


def test_hooks_run_before_it_ends(tmp_path: Path) -> None:
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "courseapp.settings"}
    command = [sys.executable, "-W", "ignore", "-c", WITH_A_HOOK]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "The course is at" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read().split("\n") == ["the hook has run", "ended", ""]
    assert process.returncode == 0


def test_it_runs_on_postgresql_and_redis(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    server = Server(tmp_path, database_url=postgres_url, redis_url=redis_url).prepare().start()
    assert status(f"{server.url}/no/such/page/") == 404
    assert server.stop() == 0
    assert not (tmp_path / "course.sqlite3").exists()


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(AssertionError, match=f"Cannot listen on 127.0.0.1 port {server.port}"):
            server.start()
    assert "Traceback" not in server.log.read_text()


def test_a_server_for_everybody_knows_the_names_of_its_machine() -> None:
    assert names_of("127.0.0.1") == ["127.0.0.1"]
    assert names_of("fe80::1") == ["[fe80::1]"]
    assert socket.gethostname().lower() in names_of("0.0.0.0")


def test_it_says_where_it_is_in_one_line() -> None:
    assert announcement("127.0.0.1", 8000) == "The course is at http://localhost:8000/ (Ctrl-C stops it)"
    assert "http://[fe80::1]:80/" in announcement("fe80::1", 80)
    assert "\n" not in announcement("0.0.0.0", 8000)
