"""Which practice's rows are open (design 6).

A *scope* is declared in exactly four places: `middleware` for requests, `tasking` for
tasks, `commands` for management commands, `admin_scope` for the operator's admin. A *unit*
is a transaction in the declared scope: it hands the scope to PostgreSQL as
transaction-local settings, on which every row-level-security policy depends. Outside a
unit, or without a scope, a tenant table shows zero rows.

Calls to vendors happen between units, never inside one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction


class NoScope(RuntimeError):
    """Tenant rows were asked for where no practice was declared."""


@dataclass(frozen=True)
class Scope:
    """Rows to open: one practice's, all practices', and the memberships of one user."""

    practice_id: int | None = None
    all_practices: bool = False
    user_id: int | None = None

    def settings(self) -> tuple[str, str, str]:
        return (
            "" if self.practice_id is None else str(self.practice_id),
            "on" if self.all_practices else "",
            "" if self.user_id is None else str(self.user_id),
        )


NOTHING = Scope()
_declared: ContextVar[Scope] = ContextVar("scope", default=NOTHING)

SET = (
    "SELECT set_config('app.practice_id', %s, true), "
    "set_config('app.all_practices', %s, true), set_config('app.user_id', %s, true)"
)


def declared() -> Scope:
    """The scope of the code that is running."""
    return _declared.get()


def practice_id() -> int:
    """The declared practice's id. Raises NoScope where none is declared."""
    scope = _declared.get()
    if scope.practice_id is None:
        raise NoScope("no practice is open here")
    return scope.practice_id


@contextlib.contextmanager
def declare(scope: Scope) -> Iterator[Scope]:
    """Declares whose rows the enclosed code is about. Opens no transaction."""
    token = _declared.set(scope)
    try:
        yield scope
    finally:
        _declared.reset(token)


@contextlib.contextmanager
def unit(scope: Scope | None = None) -> Iterator[None]:
    """A transaction (or savepoint) in the declared scope, or in `scope` when given.

    PostgreSQL keeps a transaction-local setting until the outermost transaction ends, so
    an inner unit of another scope puts the outer one's back.
    """
    with contextlib.ExitStack() as stack:
        if scope is not None:
            stack.enter_context(declare(scope))
        wanted = _declared.get()
        stack.enter_context(transaction.atomic())
        before = getattr(connection, "regimen_scope", NOTHING)
        if wanted != before:
            _hand_over(wanted)
        try:
            yield
        except BaseException:
            # The rollback below takes PostgreSQL's settings back by itself.
            connection.regimen_scope = before
            raise
        if wanted != before:
            if len(connection.atomic_blocks) > 1:
                _hand_over(before)
            connection.regimen_scope = before


def _hand_over(scope: Scope) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SET, scope.settings())
    connection.regimen_scope = scope


def of_practice(practice_id: int, user_id: int | None = None) -> Scope:
    return Scope(practice_id=practice_id, user_id=user_id)


EVERYTHING = Scope(all_practices=True)
