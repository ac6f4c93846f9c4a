"""A patient's timeline as it is read."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import timeline


def test_the_details_number_of_queries_does_not_grow(clinic, queries):
    known = clinic.patient()
    for number in range(20):
        note(clinic, known, number, timezone.now())
    with queries() as done:
        clinic.rae.get(clinic.url("patient-detail", known.pk))
    assert len(done) <= 12


def note(clinic, known, number, happened_at, **more):
    with clinic.open():
        timeline.note(
            known, "plan", f"Event {number}.", source=f"t:{number}", happened_at=happened_at, **more
        )


def test_the_timeline_goes_by_days_of_the_practice(clinic):
    known = clinic.patient()
    note(clinic, known, 1, dt.datetime(2026, 3, 2, 3, 30, tzinfo=dt.UTC))  # 10:30 PM, 1 March
    note(clinic, known, 2, dt.datetime(2026, 3, 2, 15, 0, tzinfo=dt.UTC))
    page = clinic.rae.get(clinic.url("patient-detail", known.pk))
    days = page.context["history"].days
    assert [day.date for day in days] == [dt.date(2026, 3, 2), dt.date(2026, 3, 1)]
    assert "10:30 PM" in page.content.decode()


def test_older_events_follow_without_gap_or_repeat(clinic):
    known = clinic.patient()
    moment = timezone.now()
    for number in range(60):
        note(clinic, known, number, moment - dt.timedelta(minutes=number // 7))
    seen, address = [], clinic.url("patient-detail", known.pk)
    while address:
        history = clinic.rae.get(address).context["history"]
        seen += [entry.event.pk for day in history.days for entry in day.entries]
        before = history.next_before
        address = before and f"{clinic.url('patient-detail', known.pk)}?before={before}"
    assert len(seen) == len(set(seen)) == 60


@pytest.mark.parametrize("before", ["x", "", "-1", "999999", "9" * 40])
def test_an_unknown_place_in_the_timeline_is_a_404(clinic, before):
    known = clinic.patient()
    assert (
        clinic.rae.get(clinic.url("patient-detail", known.pk), {"before": before}).status_code
        == 404
    )


def test_show_more_answers_with_older_events_alone(clinic):
    known = clinic.patient()
    for number in range(30):
        note(clinic, known, number, dt.datetime(2026, 3, 2, 15, number, tzinfo=dt.UTC))
    address = clinic.url("patient-detail", known.pk)
    before = clinic.rae.get(address).context["history"].next_before
    more = clinic.rae.get(address, {"before": before}, headers={"hx-request": "true"})
    assert more.content.decode().count("timeline__item") == 5
    assert "<h3" not in more.content.decode()  # the day goes on


def test_an_event_leads_to_its_page(clinic):
    known = clinic.patient()
    note(clinic, known, 1, timezone.now(), view_name="practice:patient-edit", object_id=known.pk)
    note(clinic, known, 2, timezone.now(), view_name="gone:page", object_id=3)
    page = clinic.rae.get(clinic.url("patient-detail", known.pk))
    urls = [entry.url for day in page.context["history"].days for entry in day.entries]
    assert urls == ["", clinic.url("patient-edit", known.pk)]
