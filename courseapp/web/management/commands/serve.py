"""`manage.py serve [HOST] [PORT]`: pages and sockets by Daphne, ended politely."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courseapp.web.hosts import names_of
from courseapp.web.limits import raise_open_files


class Command(BaseCommand):
    help = "Serve the course. Migrate the database and collect the static files before (`make run` does)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("host", nargs="?", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all")
        parser.add_argument("port", nargs="?", default=8000, type=int, help="0 for any free one")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        if not 0 <= port <= 65_535:
            raise CommandError(f"There is no port {port}: write a number from 0 to 65535.")
        settings.ALLOWED_HOSTS += [name for name in names_of(host) if name not in settings.ALLOWED_HOSTS]
        raise_open_files()

        from courseapp.web.server import serve  # late: it installs Twisted's reactor

        if not serve(host, port, say=self.say):
            raise CommandError(f"Cannot listen on {host} port {port}. Is something else running there?")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()  # at once, even into a pipe
