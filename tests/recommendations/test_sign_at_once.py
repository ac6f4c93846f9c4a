"""Two tabs at the same moment, in transactions of their own."""

import threading

import pytest
import redis
from django.db import connection
from django.test import Client
from django.utils import timezone

from recommendations import outgoing, sign
from recommendations.models import Dose, Pack, Plan, PlanItem, Sending
from tests import dance
from tests.journey import wait_for
from tests.recommendations.conftest import make_harbor
from tests.recommendations.test_send import make_plan


@pytest.fixture
def harbor(committed_db, ground, simulators):
    redis.from_url(ground.valkey.url).flushall()
    harbor = make_harbor()
    dance.connect(browser(harbor), simulators, "harbor", "wholescripts")
    return harbor


def browser(harbor):
    client = Client()
    client.force_login(harbor.nora.user)
    return client


def at_once(*deeds):
    """Runs `deeds` in threads that start together; what each gave."""
    start, given = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(place, deed):
        start.wait(10)
        try:
            given[place] = deed()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return given


def test_signed_in_two_tabs_at_once_it_is_sent_once(harbor):
    plan = make_plan(harbor)
    tabs = [browser(harbor) for _ in range(4)]

    def press(tab):
        return lambda: tab.post(f"/harbor/plans/{plan.pk}/sign", {"packs_confirmed": "yes"})

    answers = at_once(*map(press, tabs))
    assert [answer.status_code for answer in answers] == [302] * 4
    with harbor.unit():
        assert Sending.objects.count() == 1


def test_of_two_equal_plans_signed_at_once_the_second_asks(harbor):
    """As if it had come a minute later: it sees what the first wrote and not yet committed."""
    first, second = equals(harbor, 2)
    written, ended = threading.Event(), threading.Event()

    def sign_first():
        with harbor.unit():
            sign.queue(first, harbor.nora, timezone.now())
            written.set()
            wait_for(lambda: ended.is_set() or somebody_waits(), seconds=20)

    def sign_second():
        assert written.wait(20)
        try:
            with harbor.unit():
                sign.queue(second, harbor.nora, timezone.now())
        except sign.NotReady as refusal:
            return str(refusal)
        finally:
            ended.set()

    assert "Send again?" in (at_once(sign_first, sign_second)[1] or "")
    with harbor.unit():
        assert Sending.objects.get().plan_id == first.pk


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0]


def equals(harbor, number):
    """So many plans with the same bottle."""
    first = make_plan(harbor)
    with harbor.unit():
        Pack.objects.all().delete()
        Dose.objects.all().delete()
        listing = first.items.get().listing
        rest = [
            Plan.objects.create(
                practice=harbor.practice, patient=harbor.patient, clinician=harbor.nora
            )
            for _ in range(number - 1)
        ]
        for plan in rest:
            PlanItem.objects.create(practice=harbor.practice, plan=plan, listing=listing)
    return [first, *rest]


def test_an_edit_while_signing_is_either_sent_or_refused(harbor):
    """What was signed is what is on the plan: no change slips in behind the signature."""
    plan = make_plan(harbor)
    with harbor.unit():
        item = plan.items.get()
    signing = f"/harbor/plans/{plan.pk}/sign"
    remove = f"/harbor/plans/{plan.pk}/items/{item.pk}/remove"
    tabs = browser(harbor), browser(harbor)
    at_once(
        lambda: tabs[0].post(signing, {"packs_confirmed": "yes"}),
        lambda: tabs[1].post(remove),
    )
    with harbor.unit():
        sent = Sending.objects.get()
        _, as_it_is = outgoing.load(sent.pk)
        assert sent.fingerprint == sent.spec.fingerprint(as_it_is)
