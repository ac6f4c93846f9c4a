"""A sweep nudges each row that is due once, however often it comes by before a worker does."""

import pytest
from celery.signals import before_task_publish
from django.core.cache import cache

from practice import tasks
from practice.tasking import nudge, nudge_due

pytestmark = pytest.mark.django_db
ROWS = [(1, 10), (1, 11), (None, 10)]


@pytest.fixture
def published():
    """(practice id, row id) of what is sent to the broker."""
    cache.clear()
    sent = []

    def heard(body=None, **kwargs):
        sent.append(body[0])

    before_task_publish.connect(heard)
    yield sent
    before_task_publish.disconnect(heard)
    cache.clear()


@pytest.fixture
def swept(django_capture_on_commit_callbacks):
    def sweep(rows=ROWS):
        with django_capture_on_commit_callbacks(execute=True):
            nudge_due(tasks.leave_our_id, rows)

    return sweep


def test_a_row_whose_nudge_still_waits_gets_no_other(published, swept):
    swept()
    swept()
    assert published == ROWS


def test_a_row_that_a_worker_began_with_is_nudged_when_it_is_due_again(published, swept):
    swept()
    tasks.leave_our_id(1, 10)
    swept()
    assert published == [*ROWS, (1, 10)]


def test_a_person_who_asks_waits_for_no_sweep(published, swept, django_capture_on_commit_callbacks):
    swept([(1, 10)])
    with django_capture_on_commit_callbacks(execute=True):
        nudge(tasks.leave_our_id, 1, 10)
    assert published == [(1, 10), (1, 10)]
