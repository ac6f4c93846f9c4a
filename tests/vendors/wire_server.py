"""A server that answers exactly the bytes a test wrote, and remembers what it was sent."""

import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass

RESET = object()  # close with RST instead of answering
SILENCE = object()  # keep the connection, say nothing


@dataclass(frozen=True)
class Drip:
    """An answer whose body is sent byte by byte, fifty a second; then the end, or silence."""

    content: bytes
    then: object = None


class WireServer:
    """One connection, one answer, in the order given. `heard` holds each raw request."""

    def __init__(self, answers):
        self.heard = []
        self._answers = list(answers)
        self._done = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self):
        self._done.set()
        self._socket.close()
        self._thread.join(timeout=5)

    def _serve(self):
        for answer in self._answers:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.heard.append(_request(connection))
                if answer is RESET:
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                elif answer is SILENCE:
                    self._done.wait(5)
                elif isinstance(answer, Drip):
                    self._drip(connection, answer.content)
                    if answer.then is SILENCE:
                        self._done.wait(5)
                else:
                    connection.sendall(answer)

    def _drip(self, connection, content):
        head, end, body = content.partition(b"\r\n\r\n")
        connection.sendall(head + end)
        for byte in body:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                return  # the client gave up
            if self._done.wait(0.02):
                return


def _request(connection):
    """The whole request, by its Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data and not data.startswith(b"\x16"):  # TLS is not spoken here
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status="200 OK", body=b"{}", **headers):
    """A complete answer; header names may be written with underscores."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def serving(*answers):
    server = WireServer(answers)
    try:
        yield server
    finally:
        server.close()
