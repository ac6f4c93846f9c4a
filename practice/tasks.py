"""Celery tasks: nudges that carry ids."""

from django.utils import timezone

from practice import inbox
from practice.tasking import nudge, practice_task, sweep_task


@practice_task(shared=True)
def process_receipt(receipt_id):
    inbox.process(receipt_id, timezone.now())


@sweep_task
def sweep():
    """Takes up receipts whose nudge was lost or whose worker died."""
    for receipt_id in inbox.due(timezone.now()):
        nudge(process_receipt, None, receipt_id)
