"""Celery tasks: nudges that carry ids."""

from django.utils import timezone

from catalog import files, sync
from practice import tenancy
from practice.models import Connection
from practice.tasking import nudge, nudge_due, practice_task, sweep_task


@practice_task(shared=True, background=True)
def run_sync(run_id):
    run = sync.run(run_id, timezone.now())
    if run and run.is_open and run.not_before_at is None:
        nudge(run_sync, run.practice_id, run.pk)


@practice_task(shared=True, background=True)
def fetch_files(listing_id):
    """The picture and the data sheet of a listing that all practices share."""
    files.fetch(listing_id, timezone.now())


@practice_task
def request_sync(connection_id):
    """Asks for every list that a connection opens."""
    with tenancy.unit():
        connection = Connection.objects.select_related("practice").get(pk=connection_id)
        ask(connection, by_person=False)


def ask(connection, *, by_person=True):
    """Asks, and starts a worker for each run once the request is committed."""
    runs = sync.request_all(connection, timezone.now(), by_person=by_person)
    for run in runs:
        if run.is_open:
            nudge(run_sync, run.practice_id, run.pk)
    return runs


@sweep_task
def sweep():
    """Finds runs and files that are due or stuck, and lists that nobody read for a day."""
    now = timezone.now()
    nudge_due(run_sync, sync.due(now))
    nudge_due(request_sync, sync.connections_to_read(now))
    nudge_due(fetch_files, ((None, listing_id) for listing_id in dict.fromkeys(files.due(now))))
