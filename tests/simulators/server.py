"""Four threaded HTTP servers on 127.0.0.1, one a port, one a vendor.

One thread a connection rather than a fixed pool: clients keep connections open, and a
pool of them held open by idle or hanging calls would leave nobody to answer.
"""

from __future__ import annotations

import os
import socket
import socketserver
import struct
import sys
import threading

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler


class Handler(WSGIRequestHandler):
    # Headers and body are two writes; without this each answer may wait 40 ms.
    disable_nagle_algorithm = True

    def get_environ(self):
        environ = super().get_environ()
        environ["simulator.vendor"] = self.server.vendor
        environ["simulator.handler"] = self
        return environ

    def log_message(self, format, *args):
        """The world's request log holds every call already."""

    def reset_connection(self):
        """Close the TCP connection with RST instead of FIN."""
        self.close_connection = True
        linger_not = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
        os.close(self.connection.detach())


class Server(ThreadedWSGIServer):
    request_queue_size = 128
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, vendor: str, port: int, application):
        super().__init__(("127.0.0.1", port), Handler)
        self.vendor = vendor
        self.set_app(application)

    def server_bind(self):
        # Without HTTPServer's look-up of the host's full name, which may ask a DNS server.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]
        self.setup_environ()

    def handle_error(self, request, client_address):
        """A client that went away is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def start(self):
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        ).start()
