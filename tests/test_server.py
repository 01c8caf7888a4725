import socket

import pytest

from contactmomenten.server import PortInUseError, check_port


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
