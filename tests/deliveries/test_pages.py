"""The desk's pages: booking, the list, one parcel."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import Delivery
from practice import tenancy
from practice.models import CourierAccount
from tests.deliveries.desk import told
from tests.factories import MembershipFactory, PatientFactory

pytestmark = pytest.mark.django_db
State = Delivery.State


def filled(desk, page, **values):
    """What a browser would send: the form as it came, with `values` put in."""
    shown = {bound.name: bound.value() for bound in page.context["form"]} | values
    return {key: value for key, value in shown.items() if value not in (None, False)}


def book_url(desk):
    return desk.url(f"book/{desk.patient.pk}/")


def only(desk):
    with desk.unit():
        return Delivery.objects.get()


def test_a_form_changed_and_sent_again_says_that_nothing_was_changed(desk):
    browser = desk.signed_in(desk.alice)
    form = filled(desk, browser.get(book_url(desk)))
    browser.post(book_url(desk), form)
    page = browser.post(book_url(desk), form | {"recipient_name": "Somebody Else"}, follow=True)
    assert "Nothing was changed" in page.content.decode()
    assert only(desk).recipient_name == desk.patient.name


def test_the_form_knows_the_patient(desk):
    page = desk.signed_in(desk.alice).get(book_url(desk))
    words = page.content.decode()
    assert page.status_code == 200
    assert "100 Sample Ave, Tampa, FL 33602" in words
    assert desk.patient.name in words


def test_booking_leads_to_the_parcel(desk):
    client = desk.signed_in(desk.alice)
    page = client.get(book_url(desk))
    answer = client.post(book_url(desk), filled(desk, page, copay="0"))
    delivery = only(desk)
    assert answer["Location"] == desk.url(f"{delivery.pk}/")
    assert (delivery.state, delivery.copay, delivery.booked_by_id) == (
        State.READY,
        None,
        desk.alice.pk,
    )


def test_a_double_click_books_one(desk):
    client = desk.signed_in(desk.alice)
    sent = filled(desk, client.get(book_url(desk)))
    answers = [client.post(book_url(desk), sent)["Location"] for _ in range(2)]
    assert answers == [desk.url(f"{only(desk).pk}/")] * 2


def test_a_controlled_substance_is_always_signed_for(desk):
    client = desk.signed_in(desk.alice)
    page = client.get(book_url(desk))
    client.post(book_url(desk), filled(desk, page, controlled_schedule="II"))
    assert only(desk).requires_signature is True


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("address_line", "PO Box 12, Tampa, FL 33602", "PO box"),
        ("address_line", "100 Sample Ave, Tampa", "two-letter state"),
        ("delivery_date", "2020-01-01", "in the past"),
        ("phone", "12", "phone number"),
        ("copay", "-1", "greater than or equal"),
    ],
)
def test_what_the_courier_could_not_use_is_said_before(desk, field, value, sentence):
    client = desk.signed_in(desk.alice)
    page = client.get(book_url(desk))
    answer = client.post(book_url(desk), filled(desk, page, **{field: value}))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with desk.unit():
        assert not Delivery.objects.exists()


def test_each_fault_stands_at_its_own_field(desk):
    client = desk.signed_in(desk.alice)
    sent = filled(desk, client.get(book_url(desk)), address_line="PO Box 1", notes="a\tb")
    errors = client.post(book_url(desk), sent).context["form"].errors
    assert set(errors) == {"address_line", "notes"}


def test_a_refused_parcel_can_be_booked_again_from_what_was_entered(desk):
    earlier = desk.queue(notes="Ring twice", cold_chain=True)
    page = desk.signed_in(desk.alice).get(f"{book_url(desk)}?again={earlier.pk}")
    initial = page.context["form"].initial
    assert (initial["notes"], initial["cold_chain"]) == ("Ring twice", True)
    assert initial["barcode"] != earlier.barcode


def test_today_is_the_practices_today(desk):
    zone = desk.practice.zone
    page = desk.signed_in(desk.alice).get(book_url(desk))
    assert page.context["form"].initial["delivery_date"] == timezone.localdate(timezone=zone)


def test_read_only_members_see_and_cannot_book(desk):
    with tenancy.unit(tenancy.EVERYTHING):
        reader = MembershipFactory(practice=desk.practice, role="read_only", is_clinician=False)
    client = desk.signed_in(reader)
    assert client.get(desk.url()).status_code == 200
    assert client.get(book_url(desk)).status_code == 403
    assert client.post(book_url(desk), {}).status_code == 403


@pytest.mark.parametrize("rest", ["", "there", "again", "settle", "proof/photo"])
def test_another_practices_delivery_is_not_found(desk, rest):
    delivery = desk.booked()
    with tenancy.unit(tenancy.EVERYTHING):
        charlie = MembershipFactory(role="owner")
    client = desk.signed_in(charlie)
    ask = client.get if rest in ("", "proof/photo") else client.post
    assert ask(f"/{charlie.practice.slug}/deliveries/{delivery.pk}/{rest}").status_code == 404
    assert ask(desk.url(f"{delivery.pk}/{rest}")).status_code == 404


def test_another_practices_patient_cannot_be_sent_to(desk):
    with tenancy.unit(tenancy.EVERYTHING):
        stranger = PatientFactory()
    client = desk.signed_in(desk.alice)
    assert client.get(desk.url(f"book/{stranger.pk}/")).status_code == 404


def test_the_list_puts_what_a_person_must_decide_first(desk):
    rejected, waiting, review = desk.queue(), desk.queue(), desk.queue()
    with desk.unit():
        Delivery.objects.filter(pk=rejected.pk).update(state=State.REJECTED)
        Delivery.objects.filter(pk=review.pk).update(state=State.NEEDS_REVIEW)
    page = desk.signed_in(desk.alice).get(desk.url())
    assert [row.pk for row, _ in page.context["rows"]] == [review.pk, waiting.pk, rejected.pk]
    counts = {key: count for key, _, count in page.context["filters"]}
    assert counts == {"all": 3, "open": 2, "review": 1, "delivered": 0, "ended": 1}


def test_the_list_asks_as_often_for_many_as_for_one(desk, django_assert_num_queries):
    client = desk.signed_in(desk.alice)
    desk.queue()
    client.get(desk.url())
    with CaptureQueriesContext(connection) as one:
        client.get(desk.url())
    for _ in range(5):
        desk.queue()
    with django_assert_num_queries(len(one)):
        client.get(desk.url())


def test_an_empty_list_teaches_the_next_step(desk):
    page = desk.signed_in(desk.alice).get(desk.url())
    assert "Choose a patient" in page.content.decode()


def test_a_parcel_shows_a_day_and_its_basis_and_no_hour(desk):
    delivery = desk.booked()
    words = desk.signed_in(desk.alice).get(desk.url(f"{delivery.pk}/")).content.decode()
    assert "That is the day asked for" in words
    assert delivery.parcel_id in words
    assert "ScriptRun last spoke of this parcel now." in words


def test_a_booked_parcel_without_news_after_its_day_says_so(desk):
    delivery = desk.booked()
    with desk.unit():
        Delivery.objects.update(delivery_date=dt.date(2026, 1, 1))
    page = desk.signed_in(desk.alice).get(desk.url(f"{delivery.pk}/"))
    assert "No news since its day" in page.content.decode()


def test_a_finding_is_settled_once_and_stays_settled(desk):
    delivery = desk.booked(copay=Decimal("5.00"))
    noon = timezone.now().replace(microsecond=0)
    desk.post(told("delivery.completed", delivery.parcel_id, noon, copay_collected=4))
    client = desk.signed_in(desk.alice)
    assert "Mark as looked at" in client.get(desk.url(f"{delivery.pk}/")).content.decode()
    client.post(desk.url(f"{delivery.pk}/settle"))
    desk.post(told("package.created", delivery.parcel_id, noon))
    assert desk.again(delivery).review_reason == ""


def test_pages_warn_while_no_account_is_set_up(desk):
    with desk.unit():
        CourierAccount.objects.update(api_key="")
    page = desk.signed_in(desk.alice).get(book_url(desk))
    assert "No ScriptRun account is set up." in page.content.decode()


def test_nothing_is_expected_of_a_parcel_that_may_not_exist(desk):
    desk.simulators.fault("scriptrun", "reset_after", path="/api/webhook")
    delivery = desk.booked()
    words = desk.signed_in(desk.alice).get(desk.url(f"{delivery.pk}/")).content.decode()
    assert "It never books a second time by itself." in words
    assert "Expected during" not in words
