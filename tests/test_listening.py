import socket
import threading

import pytest

from contactmomenten.listening import take_no_new_connections


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
