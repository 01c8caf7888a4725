"""Puts into the site what pages link to outside docs/, and lists pages by a pattern.

Pages in docs/ link to files beside that folder, as one reads them in the repository. Each such file
comes into the site below ``repository/``; the links follow.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY: Final = Path(__file__).parents[1]
OUTSIDE: Final = "repository"

_ICON: Final = "src/contactmomenten/pages/static/icon.svg"
_LINK: Final = re.compile(r"(?<=\]\()[^)\s#]+")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replace each name with a * in the nav by the pages that it stands for."""
    listed = {name for name in _names(config["nav"]) if "*" not in name}
    config["nav"] = _expanded(config["nav"], listed)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files outside docs/ that pages link to, and what those link to."""
    names = [
        *(f"docs/{file.src_uri}" for file in files.documentation_pages()),
        *(_real(name) for name in _names(config["nav"]) if name.startswith(f"{OUTSIDE}/")),
    ]
    for name in names:
        if files.get_file_from_path(_place(name)) is None:
            files.append(_added(config, _place(name), name))
        if name.endswith(".md"):
            targets = {target for _, target in _links(name, _text(name))}
            names += sorted(targets - set(names))
    files.append(_added(config, "assets/icon.svg", _ICON))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turn links as they are in the repository into links within the site."""
    here = posixpath.dirname(page.file.src_uri)
    targets = dict(_links(_real(page.file.src_uri), markdown))

    def within(link: re.Match[str]) -> str:
        target = targets.get(link[0])
        return posixpath.relpath(_place(target), here) if target else link[0]

    return _LINK.sub(within, markdown)


def _names(nav: Any) -> Iterator[str]:  # noqa: ANN401 (the YAML of mkdocs.yml)
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict | list):
        for item in nav.values() if isinstance(nav, dict) else nav:
            yield from _names(item)


def _expanded(nav: Any, listed: set[str]) -> Any:  # noqa: ANN401
    if isinstance(nav, dict):
        return {title: _expanded(item, listed) for title, item in nav.items()}
    if not isinstance(nav, list):
        return nav
    found = []
    for item in nav:
        pattern = next(iter(item.values())) if isinstance(item, dict) else item
        if not isinstance(pattern, str) or "*" not in pattern:
            found.append(_expanded(item, listed))
            continue
        for path in sorted((REPOSITORY / "docs").glob(pattern)):
            page = str(path.relative_to(REPOSITORY / "docs"))
            if page not in listed:
                found.append({path.stem: page} if isinstance(item, dict) else page)
    return found


def _text(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


def _links(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Give each relative link of a file, and the file in the repository that it leads to."""
    for link in _LINK.findall(text):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or not parts.path:
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path))
        path = REPOSITORY / target
        if path.is_dir() and (path / "README.md").is_file():
            yield link, f"{target}/README.md"
        elif path.is_file():
            yield link, target


def _place(name: str) -> str:
    """Return where a file of the repository is in the site."""
    return name.removeprefix("docs/") if name.startswith("docs/") else f"{OUTSIDE}/{name}"


def _real(place: str) -> str:
    return place.removeprefix(f"{OUTSIDE}/") if place.startswith(OUTSIDE) else f"docs/{place}"


def _added(config: MkDocsConfig, place: str, name: str) -> File:
    return File.generated(config, place, abs_src_path=str(REPOSITORY / name))
