import pytest

from benchmarks.http import Prepared, Target, body_size, head_size

TARGET = Target("ours", 8123, "a.b.c")
HEAD = b"Host: 127.0.0.1:8123\r\nAuthorization: Bearer a.b.c\r\nAccept: application/json\r\n"


def test_a_get_is_ready_to_be_sent() -> None:
    prepared = TARGET.get("/contactmomenten", {"kanaal": "e mail", "page": "2"}, contains=b"x")
    assert prepared == Prepared(
        b"GET /api/v1/contactmomenten?kanaal=e+mail&page=2 HTTP/1.1\r\n" + HEAD + b"\r\n",
        200,
        b"x",
    )


def test_a_post_has_its_length() -> None:
    prepared = TARGET.send("POST", "/contactmomenten", b"{}", status=201)
    assert prepared.raw.endswith(b"Content-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")
    assert prepared.status == 201


def test_a_delete_has_no_body() -> None:
    prepared = TARGET.send("DELETE", "/contactmomenten/1", status=204)
    assert prepared.raw.endswith(b"Content-Length: 0\r\n\r\n")


def test_a_head_is_complete_with_its_empty_line() -> None:
    assert head_size(b"HTTP/1.1 200 OK\r\nContent-Le") == 0
    assert head_size(b"HTTP/1.1 200 OK\r\n\r\nbody") == 19


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", 12),
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 12\r\n\r\n", 0),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 0),
    ],
)
def test_the_head_tells_the_size_of_the_body(head: bytes, size: int) -> None:
    assert body_size(head) == size


def test_a_body_of_unknown_size_is_refused() -> None:
    with pytest.raises(ValueError, match="Content-Length"):
        body_size(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
