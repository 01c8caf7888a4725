"""From template to answer, with the headers that every page has."""

import jinja2
from markdown_it import MarkdownIt
from markupsafe import Markup

from contactmomenten.http.request import API_PATH, Request
from contactmomenten.http.response import Response
from contactmomenten.pages.assets import ASSETS

# Nothing but our own stylesheet and icon: no script, no font, no form, no other host.
_POLICY = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
# `http/safety.py` adds what every answer has.
_HEADERS = (
    (b"content-security-policy", _POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)

_markdown = MarkdownIt("commonmark", {"html": False})


def markdown(text: str) -> Markup:
    """Return a text in Markdown as HTML; HTML in the text is shown, not used."""
    return Markup(_markdown.render(text))  # noqa: S704 (html is off)


_environment = jinja2.Environment(
    loader=jinja2.PackageLoader("contactmomenten.pages"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["markdown"] = markdown
_environment.globals["assets"] = {name: asset.path for name, asset in ASSETS.items()}
_environment.globals["api_path"] = API_PATH


def html(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """Return the page that `template` makes of `values`.

    Every template knows `base` (mount path, before every link), `path` and `root`.
    """
    text = _environment.get_template(template).render(
        base=request.subpath, path=request.path, root=request.root, **values
    )
    return Response(status, text.encode(), b"text/html; charset=utf-8", _HEADERS)
