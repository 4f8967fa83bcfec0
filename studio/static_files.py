"""Scripts and styles get names by what is in them, so that browsers keep them for good; imports follow the names."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig as DjangoStaticFilesConfig
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Comments, empty lines and indentation. No text of a script or style goes over several lines, or holds " // ".
COMMENTS = re.compile(rb"^[ \t]*(//[^\n]*|/\*[^\n]*?\*/[ \t]*)\n|[ \t]+// [^\n]*|^[ \t]+|^\n", re.MULTILINE)
IN_STYLES = re.compile(rb"\s*([{;}])\s*")


def served(name: str, text: bytes) -> bytes:
    """As browsers get a script or a style."""
    text = COMMENTS.sub(b"", text)
    return IN_STYLES.sub(rb"\1", text) if name.endswith(".css") else text


class StaticFilesConfig(DjangoStaticFilesConfig):
    """Of htmx only what pages load: the imports in the comments of its extensions lead nowhere."""

    ignore_patterns = [*DjangoStaticFilesConfig.ignore_patterns, "ext", "htm*-4*", "htmx-2.js"]


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # its package has no types
    """Ours are served without their comments, which are a sixth of them."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 10  # modules import each other six deep

    def post_process(
        self, paths: MutableMapping[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        ours = [name for name in paths if name.endswith((".js", ".css")) and not name.startswith("django_htmx/")]
        for name in () if dry_run else ours:
            storage, path = paths[name]
            with storage.open(path) as file:
                text = served(name, file.read())
            self.delete(name)
            self.save(name, ContentFile(text))
            paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)
