"""A real server in a process of its own, which a test may stop, kill and start again at the same address."""

import os
import selectors
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`manage.py serve` with a folder of its own (database, secret key, static files) or with the database given.

    Two servers that share `folder`, `database_url` and `redis_url` are two processes of one site.
    """

    def __init__(self, folder: Path, *, database_url: str = "", redis_url: str = "", name: str = "server") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket_url = f"ws://127.0.0.1:{self.port}"
        self.folder = folder
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        ours = {"VAR_DIR": str(folder), "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        self.environment = {**os.environ, **ours, "DJANGO_SETTINGS_MODULE": "courseapp.settings"}

    def manage(self, *arguments: str) -> str:
        """Run a management command on this server's database; its standard output."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"
        return done.stdout

    def prepare(self) -> "Server":
        """What `make run` does before it serves."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        return self

    def start(self) -> "Server":
        """Return once it listens."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "127.0.0.1", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._wait_for_its_line()
        return self

    def _wait_for_its_line(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            said = self.process.stdout.readline() if selector.select(START_TIMEOUT_S) else b""
        if f":{self.port}/".encode() not in said:
            self.kill()
            raise AssertionError(f"The server did not start: {said!r}\n{self.log.read_text()}")

    def stop(self) -> int:
        """Ask it to end, as an operator would; its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """`kill -9`: it gets no chance to say or store anything."""
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None
        return code
