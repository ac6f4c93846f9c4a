"""A small HTTP server that takes Fullscript's webhooks as the product would."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.simulators.fullscript import app


class Endpoint:
    """`statuses` are those still to give, then 200; `got` the bodies and headers that came.

    `challenge` None leaves it out of the answer; `delay` seconds pass before each answer.
    """

    def __init__(self):
        self.statuses: list[int] = []
        self.got: list[dict] = []
        self.challenge = app.WEBHOOK_CHALLENGE
        self.delay = 0.0
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.do_POST()

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                endpoint.got.append(
                    {"method": self.command, "headers": dict(self.headers), "body": body}
                )
                time.sleep(endpoint.delay)
                self.send_response(endpoint.statuses.pop(0) if endpoint.statuses else 200)
                answer = {"challenge": endpoint.challenge} if endpoint.challenge else {}
                body = json.dumps(answer).encode()
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                """What came is kept in `got`."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/fullscript/"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def events(self) -> list[dict]:
        """The events told so far, whichever envelope they came in; probes are left out."""
        bodies = [json.loads(one["body"]) for one in self.got if one["body"]]
        return [body.get("event_payload", body)["event"] for body in bodies]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
