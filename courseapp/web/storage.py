"""Static files under names that carry a hash of their content, so that browsers may keep them for ever."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage

UNUSED = ("hx-*", "htmx-2.js", "htmx-2-compat*", "htmx-4*", "htmax-*")


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # published without types
    """Also rewrites the imports between our ES modules: otherwise a module could load twice, under two names.

    Django finds an import only if it ends with a semicolon.
    """

    support_js_module_import_aggregation = True


class CourseStaticFilesConfig(StaticFilesConfig):
    """Leaves out the parts of django-htmx that no page uses: htmx 4, the extensions, what is not minified."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, *UNUSED]  # noqa: RUF012
