"""Which practice's rows are open (design 6).

A *scope* and an *actor* are declared in exactly four places: `middleware` for requests,
`tasking` for tasks, `commands` for management commands, `admin_site` for the operator's
admin. A *unit* is a transaction in the declared scope: it hands both to PostgreSQL as
transaction-local settings. Every row-level-security policy depends on the scope; the audit
trail's triggers write down the actor. Outside a unit, or without a scope, a tenant table
shows zero rows.

Calls to vendors happen between units, never inside one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction


class NoScope(RuntimeError):
    """Tenant rows were asked for where no practice was declared."""


@dataclass(frozen=True)
class Scope:
    """Rows to open: one practice's, all practices', and the memberships of one user.

    `only_of` narrows a practice to the patients of these memberships (`rls.Restrict`);
    empty, it narrows nothing.
    """

    practice_id: int | None = None
    all_practices: bool = False
    user_id: int | None = None
    only_of: tuple[int, ...] = ()

    def settings(self) -> tuple[str, str, str, str]:
        return (
            "" if self.practice_id is None else str(self.practice_id),
            "on" if self.all_practices else "",
            "" if self.user_id is None else str(self.user_id),
            ",".join(map(str, self.only_of)),
        )


@dataclass(frozen=True)
class Actor:
    """Who does what the running code does, as the audit trail writes it down.

    `via` is the way in: "portal", "admin", "hook", "task:<name>", "command:<name>",
    "emr:<host>". `reason` is what the operator's staff gave for looking.
    """

    via: str = ""
    user_id: int | None = None
    who: str = ""
    request_id: str = ""
    address: str = ""
    reason: str = ""

    def setting(self) -> str:
        return json.dumps(
            {name: value for name, value in dataclasses.asdict(self).items() if value}
        )


NOTHING = Scope()
NOBODY = Actor()
_declared: ContextVar[Scope] = ContextVar("scope", default=NOTHING)
_acting: ContextVar[Actor] = ContextVar("actor", default=NOBODY)

SET = (
    "SELECT set_config('app.practice_id', %s, true), "
    "set_config('app.all_practices', %s, true), set_config('app.user_id', %s, true), "
    "set_config('app.only_of', %s, true), set_config('app.actor', %s, true)"
)


def declared() -> Scope:
    """The scope of the code that is running."""
    return _declared.get()


def actor() -> Actor:
    """Who the running code acts for."""
    return _acting.get()


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
def acting(actor: Actor) -> Iterator[Actor]:
    """Declares who the enclosed code acts for. Units opened within hand it over."""
    token = _acting.set(actor)
    try:
        yield actor
    finally:
        _acting.reset(token)


@contextlib.contextmanager
def unit(scope: Scope | None = None) -> Iterator[None]:
    """A transaction (or savepoint) in the declared scope, or in `scope` when given.

    PostgreSQL keeps a transaction-local setting until the outermost transaction ends, so
    an inner unit of another scope puts the outer one's back.
    """
    with contextlib.ExitStack() as stack:
        if scope is not None:
            stack.enter_context(declare(scope))
        wanted = (_declared.get(), _acting.get())
        stack.enter_context(transaction.atomic())
        before = getattr(connection, "regimen_scope", (NOTHING, NOBODY))
        if wanted != before:
            _hand_over(wanted)
        try:
            yield
        except BaseException:
            # The rollback below takes PostgreSQL's settings back by itself.
            connection.regimen_scope = before
            raise
        if wanted != before:
            # First: handing over fails in a transaction that is to be rolled back.
            connection.regimen_scope = before
            if len(connection.atomic_blocks) > 1:
                _hand_over(before)


def _hand_over(wanted: tuple[Scope, Actor]) -> None:
    scope, actor = wanted
    with connection.cursor() as cursor:
        cursor.execute(SET, [*scope.settings(), actor.setting()])
    connection.regimen_scope = wanted


def of_practice(
    practice_id: int, user_id: int | None = None, only_of: tuple[int, ...] = ()
) -> Scope:
    return Scope(practice_id=practice_id, user_id=user_id, only_of=only_of)


EVERYTHING = Scope(all_practices=True)
