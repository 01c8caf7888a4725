from contactmomenten.http.body import Body
from contactmomenten.http.request import Request, headers_of


async def receive() -> dict[str, object]:
    raise NotImplementedError


def request(client: tuple[str, int] | None = None, **headers: str) -> Request:
    sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    scope = {"method": "POST", "query_string": b"a=b", "client": client}
    origin = ("https", "a.nl:8443")
    return Request(scope, Body(sent, receive), sent, origin, "/api/v1/x", "/cm")


def test_own_urls_start_with_scheme_host_and_mount_path() -> None:
    made = request()
    assert (made.base, made.root) == ("https://a.nl:8443/cm", "https://a.nl:8443/cm/api/v1")


def test_the_peer_is_whom_we_speak_with_if_known() -> None:
    assert request(("192.0.2.1", 4711)).peer == "192.0.2.1"
    assert request(None).peer == ""


def test_a_header_is_text_byte_for_byte() -> None:
    made = request(x="éÿ")
    assert (made.header(b"x"), made.header(b"y")) == ("éÿ", None)


def test_repeated_headers_are_joined() -> None:
    scope = {"headers": [(b"accept", b"a"), (b"host", b"h"), (b"accept", b"b"), (b"accept", b"c")]}
    assert headers_of(scope) == {b"accept": b"a, b, c", b"host": b"h"}
