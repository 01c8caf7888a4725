import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contactmomenten import listening
from contactmomenten.listening import give_up_on_deaf_clients, take_no_new_connections

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does it")


@pytest.fixture(autouse=True)
def servers_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what listens already in this process as it is."""
    every = listening._listeners
    theirs = {one.getsockname() for one in every()}

    def of_this_test() -> Iterator[socket.socket]:
        return (one for one in every() if one.getsockname() not in theirs)

    monkeypatch.setattr(listening, "_listeners", of_this_test)


def opened() -> set[str]:
    """Return the numbers of what this process has open."""
    return {one.name for one in Path("/proc/self/fd").iterdir()}


def test_who_is_in_the_queue_stays_and_who_comes_later_gets_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address) as early:
            take_no_new_connections()
            with pytest.raises(TimeoutError):
                socket.create_connection(address, 0.2)
            taken, _ = server.accept()
            with taken:
                early.sendall(b"x")
                assert taken.recv(1) == b"x", "what is connected goes on"


def test_who_asked_in_vain_is_refused_when_the_socket_is_closed() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    address = server.getsockname()
    take_no_new_connections()
    closing = threading.Timer(0.3, server.close)
    closing.start()
    try:
        # The kernel of the client asks again after a second.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, 10)
    finally:
        closing.join()


@LINUX
def test_a_client_that_does_not_read_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert give_up_on_deaf_clients(0.5) >= 1
        with socket.create_connection(server.getsockname()), server.accept()[0] as connection:
            connection.settimeout(20)
            begun = time.perf_counter()
            with pytest.raises(TimeoutError, match=r"Connection timed out"):
                connection.sendall(bytes(50_000_000))
            assert time.perf_counter() - begun < 10


@LINUX
def test_a_process_that_does_not_listen_guards_nothing() -> None:
    with socket.socket() as one, socket.socket(socket.AF_UNIX) as other:
        before = give_up_on_deaf_clients(1)
        for unrelated in (one, other):
            assert unrelated.fileno() > 0
    with socket.create_server(("127.0.0.1", 0)):
        assert give_up_on_deaf_clients(1) == before + 1


@LINUX
def test_looking_at_what_is_open_leaves_nothing_open() -> None:
    inwards, outwards = os.pipe()
    try:
        with socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX):
            before = opened()
            assert give_up_on_deaf_clients(1) == 1
            take_no_new_connections()
            assert opened() == before
    finally:
        os.close(inwards)
        os.close(outwards)
