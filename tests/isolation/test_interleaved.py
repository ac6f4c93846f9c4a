"""Twenty practices at once, over a real server's threads and kept connections: each answer is
the asker's own (T8)."""

import random
import re
import threading
from collections import Counter

import pytest
import requests
from django.conf import settings
from django.urls import reverse

from practice import tenancy
from practice.models import Patient
from practice.roles import Role
from tests.factories import MembershipFactory, PatientFactory, PracticeFactory
from tests.isolation.knocking import session_of
from tests.stack import processes
from tests.stack.ports import listen

PRACTICES, ASKERS = 20, 8
MARK = re.compile(r"Mark(\d+)x")


@pytest.fixture
def server(ground, committed_db, tmp_path):
    """The site as it is served in production: two workers of four threads each, whose
    connections to the database stay open between requests."""
    listener = listen(0)
    web = processes.web(listener, log=tmp_path / "web.log", env=dict(ground.environment))
    web.start()
    try:
        web.wait_ready()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        web.stop()
        listener.close()


def practices():
    """Each with patients that bear its mark: (mark, slug, cookies of its owner and of a
    practitioner who sees one of them, that patient)."""
    for _ in range(PRACTICES):
        with tenancy.unit(tenancy.EVERYTHING):
            practice = PracticeFactory(restricts_patients=True)
            mark = f"Mark{practice.pk}x"
            practice.name = f"{mark} Clinic"
            practice.save()
            owner = MembershipFactory(practice=practice, role=Role.OWNER, name=f"{mark} Owner")
            one = MembershipFactory(practice=practice, name=f"{mark} Practitioner")
            patients = [
                PatientFactory(practice=practice, last_name=mark, practitioner=who)
                for who in (owner, one)
            ]
        for who, patient in zip((owner, one), patients, strict=True):
            yield practice, who, patient, session_of(who.user)


def requests_of(everybody, count):
    """`count` requests of everybody in turn, in no order: (practice's number, path, method,
    form, cookies). One in twenty asks for another practice's patient, another writes."""
    chance = random.Random(count)
    for n in range(count):
        practice, who, patient, cookies = chance.choice(everybody)
        other = chance.choice(everybody)
        place = [practice.slug]
        kinds = [
            ("practice:today", place, None),
            ("practice:patient-list", place, None),
            ("practice:patient-detail", [*place, patient.pk], None),
            ("recommendations:plan-list", place, None),
            ("deliveries:delivery-list", place, None),
            ("practice:patient-list", [other[0].slug], None),
            ("practice:patient-detail", [*place, other[2].pk], None),
            ("practice:patient-archive", [*place, patient.pk], {}),
            ("practice:patient-restore", [*place, patient.pk], {}),
        ]
        name, args, form = kinds[n % len(kinds)]
        yield practice.pk, reverse(name, args=args), form, cookies


def ask(address, queue, counts, crossed):
    """One asker among several: takes requests until there are none."""
    session = requests.Session()
    for number, path, form, cookies in queue:
        token = "t" * 32
        jar = {**cookies, settings.CSRF_COOKIE_NAME: token}
        sent = {"cookies": jar, "timeout": 60}
        if form is None:
            answer = session.get(address + path, **sent)
        else:
            data = {**form, "csrfmiddlewaretoken": token}
            answer = session.post(address + path, data=data, allow_redirects=False, **sent)
        session.cookies.clear()
        counts[answer.status_code] += 1
        marks = set(MARK.findall(answer.text))
        counts["own"] += str(number) in marks
        foreign = marks - {str(number)}
        if foreign:
            crossed.append((number, path, foreign))


class Queue:
    """A generator that several threads take from."""

    def __init__(self, items):
        self.items, self.lock = items, threading.Lock()

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            return next(self.items)


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.soak)])
def test_no_answer_holds_another_practices_rows(server, capsys, count):
    everybody = list(practices())
    queue, crossed = Queue(requests_of(everybody, count)), []
    counts = [Counter() for _ in range(ASKERS)]
    askers = [
        threading.Thread(target=ask, args=(server, queue, counts[n], crossed))
        for n in range(ASKERS)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    answered = sum(counts, Counter())
    own = answered.pop("own")
    with capsys.disabled():
        print(
            f"\nInterleaved: {sum(answered.values())} requests of {PRACTICES} practices, "
            f"{dict(sorted(answered.items()))}, {own} with own rows, {len(crossed)} crossed rows."
        )
    assert crossed == []
    assert sum(answered.values()) == count
    assert set(answered) == {200, 302, 404}
    assert own > count / 3
    assert rows_that_left_home(everybody) == []


def rows_that_left_home(everybody):
    """Patients whose practice is not the one that they are marked with."""
    with tenancy.unit(tenancy.EVERYTHING):
        found = list(Patient.objects.values_list("practice_id", "last_name"))
    assert len(found) == len(everybody)
    return [row for row in found if f"Mark{row[0]}x" != row[1]]
