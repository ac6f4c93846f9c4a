"""Working off an import: the check of a file, and adding its patients.

The import is its own queue entry (decision 003). A worker claims it by a lease and keeps what
it did in batches, each in one transaction that extends the lease only while the import is
still its own: whoever takes over after a killed worker finds what is left, and one that was
stopped or overtaken writes nothing more.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from practice import tenancy
from practice.models import PatientImport

log = logging.getLogger("regimen.imports")

MOST_TRIES = 4
State = PatientImport.State


class NotNow(Exception):
    """Nothing was done. `str()` is for the person."""


def locked(batch: PatientImport) -> PatientImport:
    """The import as it is now, kept from others until the unit ends."""
    return PatientImport.objects.select_for_update(of=["self"]).get(pk=batch.pk)


def ask(held: PatientImport, state: str) -> list[str]:
    """Has workers begin anew with their tries. Answers which fields to save."""
    held.state, held.tries, held.last_error = state, 0, ""
    held.not_before_at = held.lease_until = None
    return ["state", "tries", "last_error", "not_before_at", "lease_until"]


@dataclass(frozen=True)
class Work:
    """One kind of work, by the states of the import."""

    waiting: str
    working: str
    failed: str

    def due(self, now: dt.datetime) -> list[tuple[int, int]]:
        """(practice_id, import id) of those that nobody holds, of practices that are open."""
        with tenancy.unit():
            open_ones = self._to_do(now).filter(practice__suspended_at__isnull=True)
            return list(open_ones.order_by("pk").values_list("practice", "pk"))

    def run(self, batch_id: int, now: dt.datetime, do: Callable[[PatientImport], None]) -> None:
        """Has `do` work the import off, acting for who uploaded it. Does nothing when another
        worker holds it. What goes wrong is tried again, and in the end left to a person.
        Never inside a unit."""
        batch = self._claim(batch_id, now)
        if batch is None:
            return
        by = batch.uploaded_by
        actor = dataclasses.replace(tenancy.actor(), user_id=by.user_id, who=by.name)
        with tenancy.acting(actor):
            try:
                if batch.tries > MOST_TRIES:
                    self._put_back(batch, "WorkerDied", now)
                else:
                    do(batch)
            except Exception as error:
                log.exception("import_stopped", extra={"import": batch.pk, "try": batch.tries})
                self._put_back(batch, type(error).__name__, timezone.now())

    def hold(self, batch: PatientImport, **fields) -> bool:
        """Within the caller's unit: locks the import and goes on holding it, or hands it on
        with `fields`. False when it is this worker's no more."""
        mine = self._mine(batch)
        return bool(mine.update(**{"lease_until": _lease(timezone.now()), **fields}))

    def _to_do(self, now):
        return PatientImport.objects.to_do(now).filter(state__in=[self.waiting, self.working])

    def _claim(self, batch_id, now) -> PatientImport | None:
        with tenancy.unit():
            hit = (
                self._to_do(now)
                .filter(pk=batch_id)
                .update(
                    state=self.working,
                    attempts=F("attempts") + 1,
                    tries=F("tries") + 1,
                    lease_until=_lease(now),
                )
            )
            if not hit:
                return None
            whole = PatientImport.objects.select_related("uploaded_by__practice")
            return whole.get(pk=batch_id)

    def _mine(self, batch: PatientImport):
        return PatientImport.objects.filter(
            pk=batch.pk, state=self.working, attempts=batch.attempts
        )

    def _put_back(self, batch: PatientImport, error: str, now: dt.datetime) -> None:
        """Later again; after the last try it stays for a person."""
        exhausted = batch.tries >= MOST_TRIES
        with tenancy.unit():
            self._mine(batch).update(
                state=self.failed if exhausted else self.waiting,
                not_before_at=now + dt.timedelta(seconds=5 * 2**batch.tries),
                lease_until=None,
                last_error=error,
            )


CHECK = Work(State.TO_CHECK, State.CHECKING, State.CHECK_FAILED)
ADD = Work(State.QUEUED, State.RUNNING, State.FAILED)


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.LEASE_SECONDS)
