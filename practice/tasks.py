"""Celery tasks: nudges that carry ids."""

from django.db.models import Q
from django.utils import timezone

from practice import (
    audit_seal,
    catch_up,
    create_there,
    dry_run,
    errands,
    freshen,
    import_work,
    inbox,
    leases,
    mark,
    presence,
    read_patients,
    support,
    take_in,
    tasking,
    tenancy,
)
from practice.models import PatientImport, PatientReading
from practice.tasking import nudge_due, nudge_once, practice_task, sweep_task

IMPORTS = leases.Watch(
    PatientImport, Q(state__in=[PatientImport.State.CHECKING, PatientImport.State.RUNNING])
)
READINGS = leases.Watch(PatientReading, Q(state=PatientReading.State.RUNNING))


@practice_task(shared=True, background=True)
def work_off_receipts():
    """Works off what is due. Where there is more than one, another worker is called in."""
    tasking.begun(work_off_receipts)
    inbox.work_off(more=lambda: nudge_once(work_off_receipts))


@practice_task
def run_errand(connection_id):
    errands.run(connection_id, timezone.now())


@practice_task(background=True)
def freshen_connection(connection_id):
    freshen.run(connection_id, timezone.now())


@practice_task(background=True)
def catch_up_with(sweep_id):
    """Asks again for events; what was found is worked off as what came by itself."""
    catch_up.run(sweep_id, timezone.now())
    with tenancy.declare(tenancy.EVERYTHING):
        is_due = inbox.is_due(timezone.now())
    if is_due:
        nudge_once(work_off_receipts)


@practice_task
def tell_of_support(view_id):
    support.tell_owners(view_id, timezone.now())


@practice_task
def finish_support(view_id):
    support.finish(view_id, timezone.now())


@practice_task(on=IMPORTS)
def check_patients(import_id):
    dry_run.run(import_id, timezone.now())


@practice_task(on=IMPORTS)
def take_in_patients(import_id):
    take_in.run(import_id, timezone.now())


@practice_task(background=True, on=READINGS)
def read_patients_of(reading_id):
    read_patients.run(reading_id, timezone.now())


@practice_task(background=True)
def settle_creation(creation_id):
    create_there.settle(creation_id, timezone.now())


@practice_task(background=True)
def leave_our_id(link_id):
    mark.run(link_id, timezone.now())


@sweep_task
def sweep():
    """Takes up receipts, imports and errands whose nudge was lost or whose worker died, ends
    support views whose time ran out, and tells owners of those that nobody told them of."""
    now = timezone.now()
    for watch in (inbox.RECEIPTS, IMPORTS, READINGS):
        watch.end_those_of_the_dead(now)
    inbox.recover(now)
    if inbox.is_due(now):
        nudge_once(work_off_receipts)
    nudge_due(run_errand, errands.due(now))
    nudge_due(check_patients, import_work.CHECK.due(now))
    nudge_due(take_in_patients, import_work.ADD.due(now))
    nudge_due(read_patients_of, read_patients.due(now))
    nudge_due(settle_creation, create_there.due(now))
    nudge_due(leave_our_id, mark.due(now))
    nudge_due(catch_up_with, catch_up.due(now))
    nudge_due(finish_support, support.over(now))
    nudge_due(tell_of_support, support.untold(now))


@sweep_task
def freshen_connections():
    """Refreshes tokens that are about a day old."""
    nudge_due(freshen_connection, freshen.due(timezone.now()))


@sweep_task
def complete_catch_ups():
    """Sees to it that every account's events are asked for again."""
    catch_up.complete()


@sweep_task
def seal_audit():
    """Seals the days of the audit trail that are finished and not sealed yet."""
    audit_seal.missing(timezone.now())


@sweep_task
def clear_sessions():
    """Removes the rows of sessions that nobody came back to."""
    presence.store_class().clear_expired()


@practice_task
def discard_import(import_id):
    dry_run.discard_abandoned(import_id, timezone.now())


@sweep_task
def discard_imports():
    """Hourly: files of patients that nobody went on with."""
    nudge_due(discard_import, dry_run.abandoned(timezone.now()))
