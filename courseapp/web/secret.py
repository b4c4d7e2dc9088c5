"""The secret key of this installation: made once, kept in a file that only its owner may read."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


def kept_secret(path: Path) -> str:
    """The text in `path`, which is made if it is absent. Two processes that start together get the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            os.link(draft, path)  # whoever is first wins, and nobody ever reads half a key
        os.unlink(draft)
    return path.read_text().strip()
