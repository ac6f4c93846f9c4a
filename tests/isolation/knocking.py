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
    each would load the middleware anew. Where `notes` is set, an answer knows what was `done`
    for it: rows written, by table, and what is to do once they are committed."""

    notes = False

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
            written = rows_written() if self.notes else {}
            answer = getattr(self.browser, method.lower())(path, posted, headers=headers)
            if self.notes:
                answer.done = [*told(written, rows_written())]
                answer.done.append(f"to do: {len(connection.run_on_commit) - before}")
            if committed:
                for _, call, _ in connection.run_on_commit[before:]:
                    call()
            return answer

    def stay(self, who, path, data):
        """A POST that stays: what it leaves in the session holds for all that follows."""
        self.browser.cookies = SimpleCookie(self.cookies[who])
        return self.browser.post(path, data)


def rows_written():
    """(added, changed, deleted) in this transaction, by table. What is noted once an hour and
    what a session remembers is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables "
            "WHERE relname ~ '^(practice|catalog|recommendations|deliveries)_' "
            "AND relname !~ '^practice_audit' ORDER BY 1"
        )
        return {table: counts for table, *counts in cursor.fetchall()}


def told(before, after):
    for table, counts in after.items():
        more = [b - a for a, b in zip(before.get(table, (0, 0, 0)), counts, strict=True)]
        if any(more):
            yield f"{table}: {more}"


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
