import socket
import sys
import time

import pytest

from contactmomenten.http.sockets import give_up_on_deaf_clients

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does it")


def test_a_client_that_does_not_read_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert give_up_on_deaf_clients(0.5) >= 1
        with socket.create_connection(server.getsockname()), server.accept()[0] as connection:
            connection.settimeout(20)
            begun = time.perf_counter()
            with pytest.raises(TimeoutError, match=r"Connection timed out"):
                connection.sendall(bytes(50_000_000))
            assert time.perf_counter() - begun < 10


def test_a_process_that_does_not_listen_guards_nothing() -> None:
    with socket.socket() as one, socket.socket(socket.AF_UNIX) as other:
        before = give_up_on_deaf_clients(1)
        for unrelated in (one, other):
            assert unrelated.fileno() > 0
    with socket.create_server(("127.0.0.1", 0)):
        assert give_up_on_deaf_clients(1) == before + 1
