import resource
import socket

import pytest

from contactmomenten.server import PortInUseError, check_port, connections_per_worker


def test_a_free_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    check_port("127.0.0.1", port)
    check_port("localhost", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])  # noqa: S104 (no server)
def test_a_port_that_is_taken_is_told(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortInUseError) as caught:
            check_port(host, port)
    assert str(caught.value) == f"Cannot listen at {host}:{port}: Address already in use."


def test_a_port_that_was_taken_a_moment_ago_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
    check_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "geen.host.invalid", "", "a b", "::g"])
def test_an_address_that_is_not_ours_is_told(host: str) -> None:
    with pytest.raises(PortInUseError, match=r"^Cannot listen at .*:1: .+\.$"):
        check_port(host, 1)


@pytest.mark.parametrize(
    ("hard", "connections"),
    [(1024, 424), (4096, 3496), (1_048_576, 10_000), (resource.RLIM_INFINITY, 10_000), (64, 1)],
)
def test_as_many_connections_as_files_allow(
    monkeypatch: pytest.MonkeyPatch, hard: int, connections: int
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("resource.getrlimit", lambda _: (64, hard))
    monkeypatch.setattr("resource.setrlimit", lambda *limits: asked.append(limits))
    assert connections_per_worker() == connections
    assert asked == [(resource.RLIMIT_NOFILE, (hard, hard))]
