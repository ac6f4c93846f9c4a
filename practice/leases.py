"""Workers that died, noticed at once and not when their leases run out.

    WATCH = leases.Watch(Sending, Q(state="sending"))

A worker holds PostgreSQL's session-level advisory lock of the row it works on, from before it
claims the row until it is through, and PostgreSQL lets go of the lock when the worker dies. So
a row at work that nobody holds the lock of is a dead worker's, and its lease is ended; what
that means is the model's to say (`Work`). A worker that lives on without its lock, as after a
restart of PostgreSQL, is taken for dead: what it still brings must be as welcome as what comes
after the lease. Where a whole machine vanished PostgreSQL may not know for long, and the lease
runs out.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

from django.db.models import Model, Q

from practice import locks, tenancy


class Watch:
    """Watches over rows of `model` that are `working`: in a state in which only workers that
    hold this watch's lock may have claimed them."""

    def __init__(self, model: type[Model], working: Q):
        self.model, self.working = model, working
        self.kind = f"work on {model._meta.label}"

    @contextlib.contextmanager
    def alone(self, row_id: int) -> Iterator[bool]:
        """Whether the row is in nobody else's hands; if so it is in the caller's for the block."""
        with locks.tried(self.kind, row_id) as is_mine:
            yield is_mine

    def end_those_of_the_dead(self, now: dt.datetime) -> int:
        """How many leases were ended, just before `now`. The locks are read after the rows: a
        row whose worker got through in between is at work no more, and stays as it is. In the
        all-practices scope."""
        with tenancy.unit():
            leased = self.model.objects.filter(self.working, lease_until__gte=now)
            dead = leased.exclude(pk__in=locks.held_ones(self.kind))
            return dead.update(lease_until=now - dt.timedelta.resolution)
