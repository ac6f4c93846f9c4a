"""Celery tasks: nudges that carry ids."""

from practice.tasking import sweep_task


@sweep_task
def sweep():
    """Finds rows that are due or stuck and nudges a worker for each."""
