"""Celery tasks: nudges that carry ids."""

from django.utils import timezone

from practice.tasking import nudge, practice_task, sweep_task
from recommendations import follow_up, send
from recommendations.models import Sending


@practice_task
def attempt(sending_id):
    send.attempt(sending_id, timezone.now())


@practice_task
def look_up(sending_id):
    follow_up.look_up(sending_id, timezone.now())


@sweep_task
def sweep():
    now = timezone.now()
    follow_up.recover(now)
    for state, task in ((Sending.State.QUEUED, attempt), (Sending.State.UNKNOWN, look_up)):
        for practice_id, sending_id in follow_up.due(now, state):
            nudge(task, practice_id, sending_id)
