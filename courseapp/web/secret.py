"""The secret key of this installation: made once, kept in a file that only its owner may read."""

import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """The text in `path`, which is made if it is absent. Two processes that start together get the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)  # whoever is first wins, and nobody ever reads half a key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
