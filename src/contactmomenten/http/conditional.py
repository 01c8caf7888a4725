"""Conditional requests: ETag and If-None-Match (behaviour 8)."""

import re
from hashlib import md5

from contactmomenten.http.request import Request
from contactmomenten.http.response import Response

_TAG = re.compile(r'(?:^|,)[ \t]*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"(?=[ \t]*(?:,|$))')


def cached(request: Request, body: bytes) -> Response:
    """Return `body` with its ETag, or the 304 when the client has it already.

    The tag is a hash of the exact bytes, so that it differs between hosts.
    """
    tag = md5(body, usedforsecurity=False).hexdigest()
    headers = (
        (b"etag", b'"%s"' % tag.encode()),
        (b"vary", b"Authorization, Accept"),
        (b"cache-control", b"private, no-cache"),
    )
    condition = request.headers.get(b"if-none-match")
    if condition and _matches(condition.decode("latin-1"), tag):
        return Response(304, content_type=None, headers=headers)
    return Response(200, body, headers=headers)


def _matches(condition: str, tag: str) -> bool:
    """Tell whether the header names `tag`; what is no valid tag is ignored."""
    return condition.strip() == "*" or tag in _TAG.findall(condition)
