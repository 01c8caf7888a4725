import errno
import select
import socket
import time

from contactmomenten.stalled_clients import give_up_after


def test_a_client_that_never_reads_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert give_up_after(0.5) == 1
        with socket.create_connection(server.getsockname()), server.accept()[0] as connection:
            connection.settimeout(0)
            connection.send(b"x" * 20_000_000)
            deadline = time.monotonic() + 10
            while _open(connection) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ETIMEDOUT


def test_a_client_that_reads_late_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        give_up_after(2)
        with socket.create_connection(server.getsockname()) as client:
            connection = server.accept()[0]
            connection.settimeout(0)
            sent = connection.send(b"x" * 20_000_000)
            connection.close()
            got = 0
            while got < sent:
                time.sleep(0.2)
                got += len(client.recv(2**20))


def _open(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, 0)
    return not poll.poll(0)
