"""The site's own settings, hermetic: whatever the tests write goes to a temporary folder that is gone afterwards."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "COURSE_TESTS_DIR" not in os.environ:  # workers of pytest-xdist inherit the first process's folder
    os.environ["COURSE_TESTS_DIR"] = tempfile.mkdtemp(prefix="course-tests-")
    atexit.register(shutil.rmtree, os.environ["COURSE_TESTS_DIR"], ignore_errors=True)

for name in ("DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DEBUG", "HTTPS", "HSTS_SECONDS"):
    os.environ.pop(name, None)
os.environ["VAR_DIR"] = os.environ["COURSE_TESTS_DIR"]

from courseapp.settings import *  # noqa: E402, F403
from courseapp.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

# A file, not memory: what runs in a thread of its own gets a connection of its own, as in production.
DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["VAR_DIR"]) / "test.sqlite3")}

# Plain names need no collected files; the tests of a real server collect them and use the real storage.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT.mkdir(exist_ok=True)
