"""Static files under names that carry a hash of their content, so that browsers may keep them for ever."""

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from courseapp.web.modules import joined

JOINED = ("labs/lab.js", "labs/workflow.js")
"""Modules that take in what lies beside them: five small files cost more to send than one."""
UNUSED = ("hx-*", "htmx-2.js", "htmx-2-compat*", "htmx-4*", "htmax-*")


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # published without types
    """Joins the modules that always come together, and rewrites the other imports between our ES modules: otherwise a
    module could load twice, under two names.

    Django finds an import only if it ends with a semicolon.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                text: str = file.read().decode()
            return text

        for name in [] if dry_run else JOINED:
            if name in paths:
                text = joined(name, read)
                self.delete(name)
                self._save(name, ContentFile(text.encode()))
                paths = {**paths, name: (self, name)}
        yield from super().post_process(paths, dry_run, **options)


class CourseStaticFilesConfig(StaticFilesConfig):
    """Leaves out the parts of django-htmx that no page uses: htmx 4, the extensions, what is not minified."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, *UNUSED]  # noqa: RUF012
