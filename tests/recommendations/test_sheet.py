"""The regimen sheet: what the patient takes home."""

import re

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from recommendations.models import PackPill
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return Desk()


def dose(slot, quantity="1", with_food=None):
    return {"slot": slot, "quantity": quantity, "with_food": with_food}


def sheet(desk):
    page = desk.get("plan-sheet", desk.plan.pk).content.decode()
    return re.sub(r"\s+", " ", strip_tags(page[page.index('<article class="sheet') :]))


def test_the_day_stands_in_order_over_all_dispensaries(desk):
    desk.add(name="Night", default_doses=[dose("bedtime", "2")], vendor="fullscript")
    desk.add(name="Morning", default_doses=[dose("waking", "0.5", False)])
    text = sheet(desk)
    assert text.index("On waking") < text.index("Bedtime")
    assert "½ capsule Morning, without food" in text
    assert "2 capsules Night" in text


def test_directions_in_words_stand_word_for_word(desk):
    desk.add(name="Odd", default_sig="One or two, as the mood takes you.", vendor="fullscript")
    text = sheet(desk)
    assert "As written" in text
    assert "Odd: One or two, as the mood takes you." in text


def test_a_line_without_directions_says_to_ask(desk):
    desk.add(name="Bare")
    assert f"Bare: ask {desk.clinician.name} how to take it." in sheet(desk)


def test_what_is_taken_as_needed_stands_apart(desk):
    desk.add(name="Calm", default_doses=[dose("as_needed", "2", True)])
    text = sheet(desk)
    assert "As needed Calm: Take 2 capsules with food." in text


def test_a_size_is_never_read_as_a_dose(desk):
    desk.add(name="Syrup", count_unit="fl oz", count="8", default_doses=[dose("breakfast")])
    assert "1 × Syrup" in sheet(desk)


def test_a_packet_lists_its_contents(desk):
    pack, listing = desk.pack(), desk.listing(kind="pill", name="Zinc pill")
    with desk.opened():
        PackPill.objects.create(
            practice=desk.practice, pack=pack, listing=listing, slot="evening", quantity=2
        )
    text = sheet(desk)
    assert "1 packet Daily packets" in text
    assert "2 × Zinc pill" in text


def test_it_says_for_whom_from_whom_and_for_how_long(desk):
    item = desk.add(name="Zinc")
    with desk.opened():
        item.duration_days = 30
        item.save()
    text = sheet(desk)
    for words in (desk.patient.name, "Feb 3, 1980", desk.clinician.name, "30 days", "Not sure?"):
        assert words in text


def test_prices_are_shown_only_where_the_practice_wants_them(desk):
    desk.add(retail_price="24.50")
    assert "$" not in sheet(desk)
    with desk.opened():
        desk.practice.prices_on_documents = True
        desk.practice.save()
    assert "$24.50" in sheet(desk)
    assert "14.70" not in sheet(desk)


def test_only_a_draft_is_marked_as_one(desk):
    desk.add()
    assert "Draft: not signed" in sheet(desk)
    with desk.opened():
        desk.plan.sign(desk.clinician, timezone.now())
    assert "Draft: not signed" not in sheet(desk)
