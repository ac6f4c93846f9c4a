"""Requests of many people to many addresses, none of which leaves anything behind."""

import contextlib

from django.db import connection, transaction
from django.http import SimpleCookie
from django.test import Client
from django.urls import reverse

from tests.isolation.table import Entry

HTMX = {"hx-request": "true"}


class Doors:
    """One browser that knocks as anybody: `cookies` holds each person's session. One, because
    each would load the middleware anew."""

    def __init__(self, users: dict):
        self.browser = Client()
        self.cookies = {name: session_of(user) for name, user in users.items()}

    def knock(self, who, path, method="GET", htmx=False, data=None, *, committed=False):
        """`committed` also does what waits for the end of the transaction."""
        self.browser.cookies = SimpleCookie(self.cookies.get(who, {}))
        posted = data if method == "POST" else None
        headers = HTMX if htmx else {}
        with rolled_back():
            before = len(connection.run_on_commit)
            answer = getattr(self.browser, method.lower())(path, posted, headers=headers)
            if committed:
                for _, call, _ in connection.run_on_commit[before:]:
                    call()
            return answer

    def stay(self, who, path, data):
        """A POST that stays: what it leaves in the session holds for all that follows."""
        self.browser.cookies = SimpleCookie(self.cookies[who])
        return self.browser.post(path, data)


def session_of(user):
    browser = Client()
    browser.force_login(user)
    return {key: morsel.value for key, morsel in browser.cookies.items()}


@contextlib.contextmanager
def rolled_back():
    """What happens within leaves nothing. Calls to vendors are let through: it stands for
    the test's own transaction."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def put_in(args, rows):
    """Rows by their ids; `=word` stands for the word."""
    return [arg[1:] if arg.startswith("=") else rows[arg].pk for arg in args]


def path_of(name, entry: Entry, slug, rows):
    return reverse(name, args=[slug, *put_in(entry.args, rows)])
