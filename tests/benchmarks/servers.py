"""A server that always gives the same answer."""

import socket
import threading

from benchmarks.http import head_size

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhallo"


class Server:
    """Answers each request with `answer`, in two pieces."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while head_size(connection.recv(65536)):
                connection.sendall(self._answer[:20])
                connection.sendall(self._answer[20:])

    def close(self) -> None:
        self._listener.close()
