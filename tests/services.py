"""PostgreSQL and Redis for the tests: a server that answers, else one of our own from installed programs, else none.

A server of our own lives in a temporary folder on a free port, and never runs as root.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.server import free_port

NO_POSTGRES = "No PostgreSQL answers (DATABASE_URL_TEST names one), and none is installed that could be started."
NO_REDIS = "No Redis answers (REDIS_URL_TEST names one), and none is installed that could be started."


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def unprivileged(*names: str) -> dict[str, Any]:
    """Arguments for `subprocess` that give root's rights away to the first of these users who exists."""
    if os.geteuid() != 0:
        return {}
    import grp
    import pwd

    for name in names:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": grp.getgrgid(user.pw_gid).gr_gid, "extra_groups": []}
    raise LookupError(f"none of the users {', '.join(names)} exists here")


@contextmanager
def folder_of(rights: dict[str, Any]) -> Iterator[Path]:
    """A temporary folder that whoever runs with `rights` may use, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="course-service-", ignore_cleanup_errors=True) as name:
        if rights:
            os.chown(name, rights["user"], rights["group"])
        yield Path(name)


# --- PostgreSQL ---


def postgres_programs() -> Path | None:
    """The folder with initdb and pg_ctl. Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return debian[-1].parent if debian else None


@contextmanager
def postgres() -> Iterator[str | None]:
    """The address of an empty database, which is dropped afterwards; None if there is no server to be had."""
    named = os.environ.get("DATABASE_URL_TEST")
    if named:
        with _database_on(named) as url:
            yield url
    elif answers("127.0.0.1", 5432) and _may_act_as_postgres():
        with _role_on_the_local_server() as url, _database_on(url) as fresh:
            yield fresh
    elif (programs := postgres_programs()) is not None:
        with _own_postgres(programs) as url, _database_on(url) as fresh:
            yield fresh
    else:
        yield None


@contextmanager
def _database_on(server: str) -> Iterator[str]:
    import psycopg
    from psycopg import sql

    name = f"course_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _as_postgres(statement: str) -> bool:
    command = ["psql", "--quiet", "--no-psqlrc", "--dbname=postgres", "--command", statement]
    try:
        rights = unprivileged("postgres")
        return not subprocess.run(command, cwd="/", capture_output=True, check=False, timeout=20, **rights).returncode
    except (LookupError, OSError, subprocess.TimeoutExpired):
        return False


def _may_act_as_postgres() -> bool:
    return os.geteuid() == 0 and _as_postgres("SELECT 1")


@contextmanager
def _role_on_the_local_server() -> Iterator[str]:
    role, password = f"course_{secrets.token_hex(6)}", secrets.token_hex(16)
    assert _as_postgres(f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD '{password}'"), "cannot create a role"
    try:
        yield f"postgresql://{role}:{password}@127.0.0.1:5432/postgres"
    finally:
        _as_postgres(f"DROP ROLE {role}")


@contextmanager
def _own_postgres(programs: Path) -> Iterator[str]:
    rights = unprivileged("postgres", "nobody")
    with folder_of(rights) as folder, _postgres_in(folder, programs, rights) as port:
        yield f"postgresql://course@127.0.0.1:{port}/postgres"


@contextmanager
def _postgres_in(folder: Path, programs: Path, rights: dict[str, Any]) -> Iterator[int]:
    port, data = free_port(), folder / "data"

    def run(program: str, *arguments: str) -> None:
        with (folder / "postgres.log").open("ab") as log:
            command = [str(programs / program), "--pgdata", str(data), *arguments]
            subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=True, timeout=60, **rights)

    run("initdb", "--auth=trust", "--username=course", "--no-sync", "--encoding=UTF8", "--locale=C")
    options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -p {port}"
    run("pg_ctl", "start", "--wait", "--options", options)
    try:
        yield port
    finally:
        run("pg_ctl", "stop", "--mode=immediate")


# --- Redis ---


@contextmanager
def redis() -> Iterator[str | None]:
    """The address of a Redis; None if there is no server to be had."""
    named = os.environ.get("REDIS_URL_TEST")
    program = shutil.which("redis-server")
    if named:
        yield named
    elif answers("127.0.0.1", 6379):
        yield "redis://127.0.0.1:6379/0"
    elif program:
        with _own_redis(program) as url:
            yield url
    else:
        yield None


@contextmanager
def _own_redis(program: str) -> Iterator[str]:
    rights = unprivileged("redis", "nobody")
    with folder_of(rights) as folder, _redis_in(folder, program, rights) as port:
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _redis_in(folder: Path, program: str, rights: dict[str, Any]) -> Iterator[int]:
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **rights)
    try:
        assert server.stdout is not None
        said: list[bytes] = []
        for line in server.stdout:
            said.append(line)
            if b"Ready to accept connections" in line:
                break
        else:
            raise AssertionError(f"Redis did not start:\n{b''.join(said).decode(errors='replace')}")
        yield port
    finally:
        server.terminate()
        server.communicate(timeout=10)
