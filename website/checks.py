"""Looks the built site over: nothing is loaded from elsewhere, and Dutch pages say so."""

import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page

# What a browser fetches by itself; a link that a reader may follow is something else.
_LOADED: Final = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*\b(?:src|data|srcset)=["']?
        (?P<source>(?:https?:)?//[^"'\s>]+)
      | <link\b(?=[^>]*\brel=["']?(?:stylesheet|preconnect|icon|preload|dns-prefetch))
        [^>]*\bhref=["']?(?P<sheet>(?:https?:)?//[^"'\s>]+)
      | (?:url\(|@import\s)\s*["']?(?P<style>(?:https?:)?//[^"')\s]+)""",
    re.VERBOSE,
)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Give a page that is not in English its language, for screen readers and browsers."""
    language = page.meta.get("lang")
    if language is None:
        return output
    return output.replace('<html lang="en"', f'<html lang="{language}"', 1)


def on_post_build(config: MkDocsConfig) -> None:
    """End the build when a page would load something from another host."""
    for path in sorted(Path(config["site_dir"]).rglob("*")):
        if path.suffix in {".html", ".css"}:
            for match in _LOADED.finditer(path.read_text("utf-8")):
                raise PluginError(f"{path} loads {match[match.lastgroup or 0]}")
