"""What staff do about webhooks that were not worked off as they should have been.

Handlers are idempotent, so a receipt may be worked off any number of times. A rehearsal
runs them and takes everything back; their deeds, which call vendors, are not run.

Each function takes receipts that the caller's unit holds locked.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from practice import inbox, sealing, tenancy
from practice.models import Receipt
from practice.vendors.contract import BadAnswer

State = Receipt.State
REPLAYABLE = (State.DONE, State.IGNORED, State.FAILED)
IGNORABLE = (State.NEW, State.FAILED, State.QUARANTINED)
VERBS = {"INSERT": "add", "UPDATE": "change", "DELETE": "remove"}


def again(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Those that are now to be worked off once more, from their first attempt."""
    return _renew(receipts, REPLAYABLE)


def free(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Those that were in quarantine, too old when they came, and are now to be worked off."""
    return _renew(receipts, (State.QUARANTINED,))


def ignore(receipts: Sequence[Receipt], now: dt.datetime) -> list[Receipt]:
    """Those that nobody will work off, unless they are replayed."""
    chosen = [receipt for receipt in receipts if receipt.state in IGNORABLE]
    _rows(chosen).update(state=State.IGNORED, done_at=now, lease_until=None, not_before_at=None)
    return chosen


def _renew(receipts: Sequence[Receipt], states) -> list[Receipt]:
    chosen = [receipt for receipt in receipts if receipt.state in states]
    _rows(chosen).update(
        state=State.NEW,
        attempts=0,
        not_before_at=None,
        lease_until=None,
        done_at=None,
        last_error="",
    )
    return chosen


def _rows(receipts: Sequence[Receipt]):
    return Receipt.objects.filter(pk__in=[receipt.pk for receipt in receipts])


# --- Rehearsing


@dataclass(frozen=True)
class Rehearsal:
    """What working a receipt off would do: `changes` in words, `calls` that would be made to
    vendors afterwards, or the class of the `error`."""

    receipt: Receipt
    practices: int = 0
    is_known: bool = False
    changes: tuple[str, ...] = ()
    calls: int = 0
    error: str = ""


class _TakenBack(Exception):
    """Ends a unit whose rows must not stay."""


def rehearse(receipt: Receipt, now: dt.datetime) -> Rehearsal:
    """Runs the handler for each practice, in units that are rolled back."""
    try:
        event = inbox.read(receipt)
    except (BadAnswer, sealing.CannotOpen) as error:
        return Rehearsal(receipt, error=type(error).__name__)
    handler = inbox.handler_of(receipt.vendor, event.type)
    practices = inbox.practices_of(receipt, event)
    written, calls = _Written(), 0
    for practice_id in practices if handler else ():
        try:
            with (
                tenancy.declare(tenancy.of_practice(practice_id)),
                tenancy.unit(),
                connection.execute_wrapper(written),
            ):
                calls += len(list(handler(receipt, event, now) or ()))
                raise _TakenBack
        except _TakenBack:
            continue
        except Exception as error:  # whatever it is, staff are told of it
            return Rehearsal(receipt, len(practices), True, error=type(error).__name__)
    return Rehearsal(receipt, len(practices), handler is not None, written.in_words(), calls)


class _Written:
    """Counts the rows that statements write, by table."""

    def __init__(self):
        self.counts = Counter()

    def __call__(self, execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        verb = sql.split(maxsplit=1)[0].upper()
        if verb in VERBS and context["cursor"].rowcount > 0:
            self.counts[verb, sql.split('"')[1]] += context["cursor"].rowcount
        return answer

    def in_words(self) -> tuple[str, ...]:
        models = {model._meta.db_table: model._meta for model in apps.get_models()}
        return tuple(
            f"{VERBS[verb]} {count} "
            f"{models[table].verbose_name if count == 1 else models[table].verbose_name_plural}"
            for (verb, table), count in sorted(self.counts.items())
            if table in models
        )
