"""Words of a vendor that staff verified and opened: closed before, open then, closed again."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from practice import tenancy, vocabulary
from practice.models import AuditEntry, VendorWord
from practice.vendors import meanings, registry
from practice.vendors.contract import Allowed, Dose, OpenWord, PlanLine, PlanPill, Slot
from practice.vendors.fullscript import dosage
from practice.vendors.wholescripts import dosing, items, payloads
from recommendations import outgoing, packs
from tests.factories import UserFactory, staff_user
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db
DESK = "/admin/practice/vendorword/"
NOON = {"vocabulary": "wholescripts:packet", "word": "Noon", "meaning": "Midday"}
MIDDAY = PlanLine(
    sku="000000000200000633",
    pack_name="Noon pack",
    pills=(PlanPill("000000000100000001", 2, Slot.MIDDAY),),
)


@pytest.fixture
def staff():
    return signed_in(staff_user(email="op@staff.example"))


def signed_in(user):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(user)
    browser.user = user
    return browser


def do(staff, deed, row, reason):
    page = staff.post(DESK, {"action": deed, "_selected_action": [row.pk]})
    return staff.post(DESK, {"confirmed": page.context["token"], "reason": reason}, follow=True)


def added(staff, **values):
    page = staff.post(f"{DESK}add/", NOON | values)
    assert page.status_code == 302, page.context["errors"]
    return VendorWord.objects.get()


def at_wholescripts(line=MIDDAY):
    return items.wording(with_words(line))


def with_words(line):
    values = vars(line) | {"allowed": vocabulary.allowed("wholescripts")}
    return PlanLine(**values)


def opened(vendor, term, word, meaning):
    return Allowed((OpenWord(term, word, meaning),))


# --- The desk


def test_a_word_is_closed_until_somebody_verified_it_and_closed_again_at_once(staff):
    row = added(staff)
    assert at_wholescripts().problems
    do(staff, "open_for_writing", row, "Told by D. Ruiz of its support on 24 Nov")
    assert at_wholescripts().problems == ()
    assert items.write(with_words(MIDDAY)).item["MedPaxPills"][0]["ItemTime"] == "Noon"
    do(staff, "withdraw", row, "The packets came back")
    assert at_wholescripts().problems


def test_the_row_says_who_verified_it_when_and_how(staff):
    row = added(staff)
    do(staff, "open_for_writing", row, "Told by D. Ruiz of its support")
    row.refresh_from_db()
    assert (row.verified_by, row.evidence) == (staff.user, "Told by D. Ruiz of its support")
    assert timezone.now() - row.verified_at < dt.timedelta(minutes=1)
    others = signed_in(staff_user(email="new@staff.example"))
    page = others.get(f"{DESK}{row.pk}/change/").content.decode()
    assert "op@staff.example" in page
    assert "Told by D. Ruiz" in page


def test_each_step_stands_in_the_audit_trail(staff):
    row = added(staff)
    do(staff, "open_for_writing", row, "Their letter")
    do(staff, "withdraw", row, "A mistake")
    with tenancy.unit(tenancy.EVERYTHING):
        told = AuditEntry.objects.filter(kind="practice.vendorword", object_id=row.pk)
        steps = list(told.order_by("id").values_list("action", "reason", "user_id"))
    assert [step[:2] for step in steps] == [
        ("created", ""),
        ("looked", "Their letter"),
        ("changed", "Their letter"),
        ("looked", "A mistake"),
        ("changed", "A mistake"),
    ]
    assert {step[2] for step in steps} == {staff.user.pk}


def test_only_staff_with_the_right_reach_the_desk(staff):
    row = added(staff)
    stranger = signed_in(UserFactory())
    looks_only = signed_in(staff_user(email="new@staff.example", is_superuser=False))
    for browser in (stranger, looks_only):
        assert browser.post(f"{DESK}add/", NOON).status_code in (302, 403)
        answer = browser.post(DESK, {"action": "open_for_writing", "_selected_action": [row.pk]})
        assert answer.status_code in (302, 403)
    row.refresh_from_db()
    assert (VendorWord.objects.count(), row.state) == (1, "closed")


def test_the_database_lets_nothing_but_the_staff_desk_write_a_word():
    practice = Desk().practice
    row = VendorWord(vendor="wholescripts", term="packet", word="Noon", meaning="midday")
    with tenancy.unit(tenancy.of_practice(practice.pk)):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save()
        with tenancy.unit(tenancy.EVERYTHING):
            row.save()
        assert VendorWord.objects.filter(pk=row.pk).update(state="withdrawn") == 0


def test_a_word_is_not_open_without_its_witness(staff):
    row = added(staff)
    with pytest.raises(DatabaseError), tenancy.unit(tenancy.EVERYTHING):
        VendorWord.objects.filter(pk=row.pk).update(state="open")


def test_two_words_are_not_open_for_one_meaning(staff):
    first = added(staff)
    do(staff, "open_for_writing", first, "Their letter")
    staff.post(f"{DESK}add/", NOON | {"word": "Midday"})
    second = VendorWord.objects.exclude(pk=first.pk).get()
    answer = do(staff, "open_for_writing", second, "Their other letter")
    assert "Left closed" in answer.content.decode()
    second.refresh_from_db()
    assert second.state == "closed"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"word": "AM"}, "is documented: it is written as it is"),
        ({"meaning": "breakfast"}, "“AM” is documented for this"),
        ({"meaning": "as needed"}, "Write one of waking"),
        ({"meaning": "lunch"}, "Write one of waking"),
        ({"word": "AM with food", "meaning": "midday"}, "is read as breakfast with food"),
        ({"word": " Noon"}, "no blank at its ends"),
        ({"vocabulary": "wholescripts:time", "word": "Noon|PM"}, "cannot hold this"),
        ({"vocabulary": "wholescripts:duration", "meaning": "12 weeks"}, "a whole number"),
        ({"vocabulary": "wholescripts:duration", "meaning": "28"}, "“4 Weeks” is documented"),
        ({"vocabulary": "fullscript:amount", "meaning": "many"}, "Write a number"),
        ({"vocabulary": "fullscript:time", "meaning": "midday with food"}, "a field of its own"),
        ({"vocabulary": "fullscript:dose"}, "not one of the available choices"),
    ],
)
def test_a_word_that_cannot_be_opened_says_why(staff, given, told):
    page = staff.post(f"{DESK}add/", NOON | given)
    assert told in page.content.decode()
    assert not VendorWord.objects.exists()


# --- Plans and packs


def test_a_packets_time_is_offered_while_its_word_is_open(staff):
    do(staff, "open_for_writing", added(staff), "Their letter")
    assert Slot.MIDDAY in packs.rules("wholescripts").slots
    do(staff, "withdraw", VendorWord.objects.get(), "A mistake")
    assert Slot.MIDDAY not in packs.rules("wholescripts").slots


def test_a_plan_that_waits_is_written_without_a_word_that_was_withdrawn(staff):
    desk = Desk()
    item = desk.add(vendor="wholescripts")
    with desk.opened():
        item.doses.create(practice=desk.practice, slot="midday", quantity=1)
    row = added(staff, vocabulary="wholescripts:time")
    do(staff, "open_for_writing", row, "Their letter")
    assert written(desk)["Dosing"] == "1-Noon"
    do(staff, "withdraw", row, "A mistake")
    assert (written(desk)["Dosing"], written(desk)["Notes"]) == ("", "Take 1 at midday.")


def written(desk):
    with desk.opened():
        [part] = outgoing.parts(desk.plan)
        return items.write(part.lines[0].line).item


# --- Reading and writing


WORDS = {
    slot: f"Word of {slot.value}" for slot in Slot if slot not in (*dosing.WRITABLE, "as_needed")
}
FED = {slot: f"{word} with food" for slot, word in dosing.WRITABLE.items()}
OPENED = Allowed(
    tuple(OpenWord("time", word, meanings.at(slot)) for slot, word in WORDS.items())
    + tuple(OpenWord("time", word, meanings.at(slot, True)) for slot, word in FED.items())
)
DOSE = st.one_of(
    st.builds(Dose, st.sampled_from([*WORDS, *FED]), st.integers(1, 99).map(Decimal)),
    st.builds(Dose, st.sampled_from([*FED]), st.integers(1, 99).map(Decimal), st.just(True)),
)


@given(st.lists(DOSE, min_size=1, max_size=6, unique_by=lambda dose: dose.slot))
def test_what_is_written_with_opened_words_is_read_back(doses):
    text = dosing.write(doses, OPENED)
    assert set(dosing.doses(text, OPENED)) == set(doses)
    assert dosing.write(dosing.doses(text, OPENED), OPENED) == text


def test_a_word_that_is_not_open_is_read_as_it_came():
    entry = {"id": 7, "items": [{"sku": "1", "dosing": "1-Noon", "itemDuration": "12 Weeks"}]}
    (line,) = payloads.held_plan(entry).lines
    assert (line.doses, line.sig, line.notes) == ((), "1-Noon", "Duration: 12 Weeks.")


def test_a_duration_that_was_opened_is_written_and_read():
    allowed = opened("wholescripts", "duration", "12 Weeks", "84")
    line = PlanLine(sku="0" * 18, sig="As told.", duration_days=84, allowed=allowed)
    item = items.write(line)
    assert (item.item["ItemDuration"], item.losses) == ("12 Weeks", ())
    (back,) = payloads.held_plan({"id": 7, "items": [item.item]}, allowed).lines
    assert back.duration_days == 84


def test_a_bedtime_packet_with_food_takes_its_own_word():
    allowed = opened("wholescripts", "packet", "Bedtime with food", "bedtime with food")
    pill = PlanPill("000000000100000001", 1, Slot.BEDTIME, with_food=True)
    line = PlanLine(sku="0" * 18, pack_name="Night", pills=(pill,), allowed=allowed)
    item = items.write(line).item
    assert item["MedPaxPills"][0]["ItemTime"] == "Bedtime with food"
    assert (item["Notes"], items.wording(line).problems) == ("", ())


@pytest.mark.parametrize(
    ("term", "word", "meaning", "doses", "field", "expected"),
    [
        ("time", "midday", "midday", (Dose(Slot.MIDDAY, Decimal(1)),), "time_of_day", ["midday"]),
        ("amount", "3", "3", (Dose(Slot.EVENING, Decimal(3)),), "amount", "3"),
    ],
)
def test_fullscript_takes_opened_words_the_same_way(term, word, meaning, doses, field, expected):
    line = PlanLine(sku="v1", doses=doses)
    assert dosage.write(line).losses
    allowed = opened("fullscript", term, word, meaning)
    found = dosage.write(PlanLine(sku="v1", doses=doses, allowed=allowed))
    assert (found.dosage[field], found.losses) == (expected, ())
    assert dosage.doses(found.dosage, allowed=allowed) == doses


def test_every_vocabulary_of_the_desk_is_one_that_its_vendor_has():
    for vendor in registry.VENDORS.values():
        for one in vendor.vocabularies:
            for word, meaning in one.documented.items():
                assert word
                assert meaning
