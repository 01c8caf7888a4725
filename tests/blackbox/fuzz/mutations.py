"""Damage to requests: each function changes one in place, by chance that follows from a seed."""

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, Final
from urllib.parse import quote_from_bytes

from tests.blackbox.support import clients, tokens

from .asked import Request

Mutation = Callable[[Random, Request], None]

NASTY_TEXTS: Final = [
    b"", b" ", b"\0", b"'", b'"', b"\\", b"%", b"%00", b"%s%n", b"{}", b"${7*7}", b"../../x",
    b"' OR '1'='1", b"1;DROP TABLE x", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", "é".encode(),
    "\u202e\u0000".encode(), "😀".encode(), b"\x85", b"\x7f", b"a" * 300, b"9" * 30, b"-1",
    b"null", b"true", b"[]", b"NaN", b"1e999", b"0x10", b"\t", b"<x>", b"http://", b"http://[::",
    b"http://a.nl/" + b"a" * 2000, b"2026-02-30T00:00:00Z", b"9999-12-31T23:59:59-23:59",
    b"0001-01-01T00:00:00+23:59", b"5f0d7a3c-0000-4000-8000-000000000000", b"\r\n", b"a\r\nb: c",
]  # fmt: skip
NASTY_JSON: Final[list[Any]] = [
    None, True, False, 0, -1, -0.0, 1.5, 10**30, 1e308, "", " ", "\0", "\ud800", "a\udfff", "😀",
    "\u202e", "a" * 1001, "a" * 100_000, [], {}, [[]], [None], [{}], {"a": 1}, {"": ""},
    ["http://a.nl/"] * 500, "http://a.nl/\ud800", "http://a.nl:99999999/", "http://[::1",
    "2026-01-01T00:00:00.1234567890123Z", "2026-01-01T24:00:00Z", "0001-01-01T00:00:00+23:59",
    "/api/v1/contactmomenten/x", "/api/v1/contactmomenten/5f0d7a3c-0000-4000-8000-000000000000",
    "/api/v1/klantcontactmomenten", "///", "http://\u0000", "٣" * 9, "000000000", 423182687,
]  # fmt: skip
_PROPERTIES: Final = [
    "vorigContactmoment", "registratiedatum", "onderwerpLinks", "initiatiefnemer", "voorkeurstaal",
    "medewerkerIdentificatie", "url", "klant", "\ud800", "", "a" * 5000,
]  # fmt: skip
_RAW_JSON: Final = [
    b"NaN", b"Infinity", b"-", b"01", b"1e400", b"9" * 5000, b"0." + b"0" * 3000 + b"1", b'"\xff"',
    b'"\\u12"', b'"\\ud800"', b'"\n"', b"[" * 3000, b'{"a":' * 3000, b"[" * 500 + b"]" * 500,
    b"nul", b"tru", b"'a'", b"/**/1", b"\xef\xbb\xbf1", b"1,", b'{"a":1,"a":2}', b'"\0"',
]  # fmt: skip
_METHODS: Final = [
    b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT",
    b"get", b"PRI", b"FOO", b"A" * 300, b"G\0T", b"G\xffT", b"", b"GET GET", b"*", b"M-SEARCH",
]  # fmt: skip
_TARGETS: Final = [
    b"*", b"", b"/", b"//", b"/../../x", b"/api/v1", b"/api/v1/", b"/api/v2/contactmomenten",
    b"/api/v1/contactmomenten/", b"/api/v1/contactmomenten?", b"/api/v1/contactmomenten#a",
    b"http://b.nl/api/v1/contactmomenten", b"b.nl:80", b"/api/v1/%63ontactmomenten",
    b"/api/v1/contactmomenten%2f", b"/api/v1/contactmomenten\\x", b"/%", b"/%zz", b"/%ff%fe",
    b"/\xff", b"/a b", b"/\0", b"/" + b"a" * 9000, b"/api/v1/contactmomenten?" + b"a=b&" * 3000,
    b"/api/v1/callbacks", b"/ref/fouten/../x/", b"/ref/fouten/%00/", b"/static/../x",
]  # fmt: skip
_NAMES: Final = [
    b"Host", b"Accept", b"Authorization", b"Content-Type", b"If-None-Match", b"X-Audit-Toelichting",
    b"X-NLX-Logrecord-ID", b"X-Request-Id", b"Origin", b"Access-Control-Request-Method", b"Expect",
    b"Connection", b"Upgrade", b"X-Forwarded-Host", b"X-Forwarded-Proto", b"Content-Encoding",
    b"Cookie", b"Range", b"Accept-Language", b"Accept-Encoding", b"TE", b"Trailer", b"Via",
    b"Keep-Alive", b"Proxy-Connection", b"HTTP2-Settings", b"Sec-WebSocket-Key", b"X", b"Date",
]  # fmt: skip
_VALUES: Final = [
    *NASTY_TEXTS, b"*/*", b"text/html", b"*", b"a, b, c" * 50, b'W/"x", "y"', b'"', b"100-continue",
    b"close", b"keep-alive", b"upgrade", b"websocket", b"h2c", b"gzip", b"bytes=0-1",
    b"application/json; charset=utf-16", b"application/json;charset=idna", b"Bearer ", b"Basic a:b",
    b"application/json; charset=", b"Bearer a.b.c", b"a" * 7000, b"multipart/form-data",
    b"https",
]  # fmt: skip
_BAD_NAMES: Final = [b"", b" ", b"a b", b"a:b", b"\xff", b"a\0", b"(x)", b"A" * 5000, b"\tX"]
_LENGTHS: Final = [
    b"0", b"1", b"-1", b"+1", b"1 ", b"1,1", b"0x1", b"1e1", b"", b"a", b"9" * 25, b"00000005",
    b"18446744073709551616", b"4294967296", b"1_0", b"1.0", b"\xd9\xa1", b"100000000",
]  # fmt: skip
_SIZES: Final = [
    b"%x", b"%X", b"0%x", b"000000000000000000%x", b"0x%x", b"+%x", b"-%x", b"%x;a=b", b"%x ;a",
    b"%x;" + b"a" * 20_000, b"%x\t", b"ffffffffffffffff%x", b"%x;\n", b"%xg",
]  # fmt: skip
_ENCODINGS: Final = [
    b"chunked", b"Chunked", b"xchunked", b"chunked, chunked", b"gzip, chunked", b"chunked, gzip",
    b"identity", b"", b" chunked", b"chunked\t", b"\x0bchunked", b'"chunked"', b"chunked;a=b", b",",
]  # fmt: skip


def _unframed(request: Request) -> None:
    request.framed = False


def method(random: Random, request: Request) -> None:
    """Take another method, or none."""
    request.method = random.choice(_METHODS)
    _unframed(request)


def target(random: Random, request: Request) -> None:
    """Take another target, or damage it."""
    if random.random() < 0.5:
        request.target = random.choice(_TARGETS)
    else:
        place = random.randrange(len(request.target) + 1)
        nasty = random.choice(NASTY_TEXTS)
        request.target = request.target[:place] + nasty + request.target[place:]
    _unframed(request)


def segment(random: Random, request: Request) -> None:
    """Put something odd, percent-encoded, in the last segment of the path."""
    nasty = quote_from_bytes(random.choice(NASTY_TEXTS)).encode()
    request.target = request.target.rsplit(b"/", 1)[0] + b"/" + nasty


def query(random: Random, request: Request) -> None:
    """Add query parameters with odd values, most of them of a name that a list knows."""
    names = [
        "vorigContactmoment", "volgendContactmoment", "bronorganisatie", "registratiedatum",
        "registratiedatum__gt", "registratiedatum__lte", "kanaal", "voorkeurskanaal",
        "voorkeurstaal", "initiatiefnemer", "medewerker", "ordering", "page", "contactmoment",
        "klant", "rol", "object", "objectType", "onbekend",
    ]  # fmt: skip
    orderings = [b"-registratiedatum", b"onderwerp_links,-url", b",", b"-", b"klant"]
    pairs = [
        random.choice(names).encode()
        + b"="
        + quote_from_bytes(random.choice([*NASTY_TEXTS, *orderings])).encode()
        for _ in range(random.randint(1, 4))
    ]
    request.target = request.target.partition(b"?")[0] + b"?" + b"&".join(pairs)


def version(random: Random, request: Request) -> None:
    """Take another version of HTTP."""
    request.version = random.choice(
        [b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.2", b"http/1.1", b"", b"X"]
    )
    _unframed(request)


def header(random: Random, request: Request) -> None:
    """Add a header with an odd value: a new one, or one that is there already."""
    value = random.choice(_VALUES)
    place = random.randrange(len(request.headers) + 1)
    request.headers.insert(place, (random.choice(_NAMES), value))
    _unframed(request)


def bad_name(random: Random, request: Request) -> None:
    """Add a header whose name cannot be one."""
    request.headers.append((random.choice(_BAD_NAMES), b"x"))
    _unframed(request)


def no_header(random: Random, request: Request) -> None:
    """Leave a header out."""
    if request.headers:
        del request.headers[random.randrange(len(request.headers))]


def many_headers(random: Random, request: Request) -> None:
    """Add more headers than anyone needs."""
    request.headers += [(b"X-%d" % n, b"a" * 50) for n in range(random.choice([50, 90, 120, 2000]))]
    _unframed(request)


def length(random: Random, request: Request) -> None:
    """Give a length that is wrong, or two of them."""
    known = [*_LENGTHS, b"%d" % len(request.body), b"%d" % max(0, len(request.body) - 1)]
    request.lengths = [
        (b"Content-Length", random.choice(known)) for _ in range(random.randint(1, 2))
    ]
    _unframed(request)


def encoding(random: Random, request: Request) -> None:
    """Give a Transfer-Encoding, with chunks or without, and perhaps a length as well."""
    request.lengths = [(b"Transfer-Encoding", random.choice(_ENCODINGS))]
    if random.random() < 0.3:
        request.lengths.insert(random.randrange(2), (b"Content-Length", random.choice(_LENGTHS)))
    if random.random() < 0.8:
        request.payload = _chunks(random, request.body)
    _unframed(request)


def _chunks(random: Random, body: bytes) -> bytes:
    damaged = random.random() < 0.5
    parts = []
    rest = body
    while rest:
        block, rest = rest[:40], rest[40:]
        size = (random.choice(_SIZES) if damaged else b"%x") % len(block)
        end = random.choice([b"\r\n", b"\n", b"", b"\r", b"xx"]) if damaged else b"\r\n"
        parts.append(size + b"\r\n" + block + end)
    trailer = random.choice([b"", b"", b"X: y\r\n", b"Content-Length: 5\r\n", b"X: " + b"a" * 9000])
    return b"".join([*parts, b"0\r\n", trailer, b"\r\n"])


def lines(random: Random, request: Request) -> None:
    """End lines in another way, or take other colons."""
    request.eol = random.choice([b"\n", b"\r", b"\r\r\n", b"\r\n ", b"\r\n\t", b"\n\n", b"\0\r\n"])
    if random.random() < 0.3:
        request.eol = b"\r\n"
        request.colon = random.choice([b" : ", b":", b"\t: ", b"", b"::", b"\x00:"])
    _unframed(request)


def content(random: Random, request: Request) -> None:
    """Put another value somewhere in the JSON."""
    if not request.body:
        return
    document = json.loads(request.body)
    if not isinstance(document, dict) or random.random() < 0.05:
        document = random.choice(NASTY_JSON)
    elif document and random.random() < 0.8:
        name = random.choice(list(document))
        if isinstance(document[name], dict) and document[name] and random.random() < 0.6:
            document[name] = {random.choice(list(document[name])): random.choice(NASTY_JSON)}
        else:
            document[name] = random.choice(NASTY_JSON)
    else:
        document[random.choice(_PROPERTIES)] = random.choice(NASTY_JSON)
    request.body = json.dumps(document).encode()


def broken_content(random: Random, request: Request) -> None:
    """Send what is no JSON, or hardly."""
    raw = random.choice(_RAW_JSON)
    body = request.body or b"{}"
    place = random.randrange(len(body) + 1)
    request.body = random.choice(
        [
            raw,
            b'{"tekst":' + raw + b"}",
            body[:place] + raw + body[place:],
            body[:place] or b"{",
            body + raw,
            b'{"bronorganisatie":"000000000","onbekend":' + raw + b"}",
        ]
    )


def token(random: Random, request: Request) -> None:
    """Sign a token well that has odd things in it."""
    name = random.choice(
        ["iat", "exp", "nbf", "client_id", "user_id", "user_representation", "aud"]
    )
    value = random.choice(NASTY_JSON)
    signed = tokens.token(clients.ALLES, {name: value}, random.choice([None, {"alg": value}]))
    request.headers = [
        (key, b"Bearer " + signed.encode() if key == b"Authorization" else old)
        for key, old in request.headers
    ]
    if len(signed) > 50_000:
        _unframed(request)  # longer than a head may be


def damaged_token(random: Random, request: Request) -> None:
    """Change a byte of the token."""
    request.headers = [
        (key, _flip(random, old) if key == b"Authorization" else old)
        for key, old in request.headers
    ]
    _unframed(request)


def _flip(random: Random, data: bytes) -> bytes:
    if not data:
        return data
    place = random.randrange(len(data))
    return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]


MUTATIONS: Final[list[Mutation]] = [
    method, target, segment, segment, query, query, query, version, header, header, bad_name,
    no_header, many_headers, length, length, encoding, encoding, encoding, lines, content, content,
    content, content, broken_content, broken_content, token, damaged_token,
]  # fmt: skip


def damaged(random: Random, request: Request) -> Request:
    """Return a copy of `request` with one to three kinds of damage."""
    copy = deepcopy(request)
    for mutation in random.choices(MUTATIONS, k=random.choice([1, 1, 1, 2, 3])):
        if mutation is content and not copy.framed:
            continue
        try:
            mutation(random, copy)
        except (ValueError, RecursionError):  # what is no JSON any more is damaged enough
            continue
    return copy


def damaged_bytes(random: Random, data: bytes) -> bytes:
    """Return `data` with some bytes changed, missing, repeated or too many."""
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(data) + 1)
        end = min(len(data), place + random.choice([1, 1, 2, 8, 64]))
        data = random.choice(
            [
                _flip(random, data),
                data[:place] + data[end:],
                data[:end] + data[place:],
                data[:place] + random.randbytes(random.choice([1, 2, 9])) + data[place:],
                data[:place] + random.choice(NASTY_TEXTS) + data[place:],
                data[:place],
            ]
        )
    return data
