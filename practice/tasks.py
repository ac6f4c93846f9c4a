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
from practice.models import PatientImport
from practice.tasking import nudge, nudge_once, practice_task, sweep_task

IMPORTS = leases.Watch(
    PatientImport, Q(state__in=[PatientImport.State.CHECKING, PatientImport.State.RUNNING])
)


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


@practice_task(background=True)
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
    for watch in (inbox.RECEIPTS, IMPORTS):
        watch.end_those_of_the_dead(now)
    inbox.recover(now)
    if inbox.is_due(now):
        nudge_once(work_off_receipts)
    for practice_id, connection_id in errands.due(now):
        nudge(run_errand, practice_id, connection_id)
    for practice_id, import_id in import_work.CHECK.due(now):
        nudge(check_patients, practice_id, import_id)
    for practice_id, import_id in import_work.ADD.due(now):
        nudge(take_in_patients, practice_id, import_id)
    for practice_id, reading_id in read_patients.due(now):
        nudge(read_patients_of, practice_id, reading_id)
    for practice_id, creation_id in create_there.due(now):
        nudge(settle_creation, practice_id, creation_id)
    for practice_id, link_id in mark.due(now):
        nudge(leave_our_id, practice_id, link_id)
    for practice_id, sweep_id in catch_up.due(now):
        nudge(catch_up_with, practice_id, sweep_id)
    for practice_id, view_id in support.over(now):
        nudge(finish_support, practice_id, view_id)
    for practice_id, view_id in support.untold(now):
        nudge(tell_of_support, practice_id, view_id)


@sweep_task
def freshen_connections():
    """Refreshes tokens that are about a day old."""
    for practice_id, connection_id in freshen.due(timezone.now()):
        nudge(freshen_connection, practice_id, connection_id)


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
    for practice_id, pk in dry_run.abandoned(timezone.now()):
        nudge(discard_import, practice_id, pk)
