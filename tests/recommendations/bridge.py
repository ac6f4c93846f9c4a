"""A browser whose requests Django's test client answers, within the test's own transaction.

Pages, scripts and styles are the product's; only the wire between browser and server is
left out, so that a test of the keyboard needs no server and no committed rows.
"""

import contextvars
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders

SITE = "http://testserver"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FORM = "application/x-www-form-urlencoded"


class Bridge:
    def __init__(self, page, client):
        self.page = page
        self.client = client
        # Playwright calls back in a context of its own, where the test's transaction is not.
        self.context = contextvars.copy_context()
        page.route("**/*", self._answer)

    def open(self, path):
        self.page.goto(SITE + path)

    def _answer(self, route):
        request = route.request
        parts = urlsplit(request.url)
        if parts.path.startswith("/static/"):
            self._static(route, parts.path.removeprefix("/static/"))
            return
        address = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {name: text for name, text in request.headers.items() if name.startswith("hx-")}
        asked = (request.method, address, request.post_data or "", FORM)
        answer = self.context.run(self.client.generic, *asked, headers=headers)
        route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=answer.content)

    @staticmethod
    def _static(route, path):
        found = finders.find(path)
        if not found:
            route.fulfill(status=404)
            return
        kind = next((kind for end, kind in KINDS.items() if path.endswith(end)), "text/plain")
        route.fulfill(path=found, content_type=kind)
