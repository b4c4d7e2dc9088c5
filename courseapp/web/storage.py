"""Static files under names that carry a hash of their content, so that browsers may keep them for ever."""

import posixpath
from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from courseapp.web.comments import LINES, without_comments
from courseapp.web.modules import joined
from courseapp.web.sheets import joined_sheet

JOINED = {"labs/lab.js": joined, "labs/workflow.js": joined, "css/site.css": joined_sheet}
"""Files that take in what lies beside them, and how: many small files cost more to send than one."""
UNUSED = ("hx-*", "htmx-2.js", "htmx-2-compat*", "htmx-4*", "htmax-*")
OTHERS = "django_htmx/"  # not ours: sent as it is


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # published without types
    """Leaves comments out, joins the files that always come together, and rewrites the other imports between our ES
    modules: otherwise a module could load twice, under two names.

    Django finds an import only if it ends with a semicolon.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                text: str = file.read().decode()
            return text

        sent = dict(paths)
        for name in [] if dry_run else paths:
            suffix = posixpath.splitext(name)[1]
            if suffix in LINES and not name.startswith(OTHERS):
                whole = JOINED[name](name, read) if name in JOINED else read(name)
                text = without_comments(whole, suffix)
                self.delete(name)
                self._save(name, ContentFile(text.encode()))
                sent[name] = (self, name)
        yield from super().post_process(sent, dry_run, **options)


class CourseStaticFilesConfig(StaticFilesConfig):
    """Leaves out the parts of django-htmx that no page uses: htmx 4, the extensions, what is not minified."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, *UNUSED]  # noqa: RUF012
