"""CORS: any origin may call, as tokens and not cookies open this API (behaviour 1.7)."""

from contactmomenten.http.response import Response

ALLOW_ORIGIN = (b"access-control-allow-origin", b"*")

_PREFLIGHT = Response(
    200,
    content_type=None,
    headers=(
        (
            b"access-control-allow-headers",
            (
                b"x-requested-with, content-type, accept, origin, authorization, x-csrftoken, "
                b"user-agent, accept-encoding, accept-crs, content-crs"
            ),
        ),
        (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS"),
        (b"access-control-max-age", b"86400"),
    ),
)


def preflight(method: str, headers: dict[bytes, bytes]) -> Response | None:
    """Return the answer to a preflight; None when the request is none."""
    if method == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers:
        return _PREFLIGHT
    return None
