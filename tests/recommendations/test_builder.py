"""The builder: adding, dosing, removing, and what is refused."""

import re
from decimal import Decimal

import pytest

from catalog import words
from catalog.models import Product
from practice import tenancy
from practice.roles import Role
from recommendations import lines
from recommendations.lines import ItemValues
from tests.factories import ConnectionFactory, MembershipFactory
from tests.recommendations.rows import Desk, ListingFactory

pytestmark = pytest.mark.django_db

BREAKFAST = [{"slot": "breakfast", "quantity": "2", "with_food": True}]


@pytest.fixture
def desk():
    return Desk()


def mark_of(item):
    return lines.mark(ItemValues.of(item))


def save(desk, item, htmx=True, **typed):
    """Posts a line's form as the page would, with `typed` over what it showed."""
    with desk.opened():
        shown = {name: value for name, value in ItemValues.of(item).initial().items() if value}
        data = {"mark": mark_of(item)} | shown | typed
    return desk.post("item-edit", desk.plan.pk, item.pk, data=data, htmx=htmx)


def doses(item):
    return [(dose.slot, dose.quantity, dose.with_food) for dose in item.doses.all()]


def test_an_added_product_brings_the_vendors_default_dose(desk):
    item = desk.add(default_doses=BREAKFAST)
    assert doses(item) == [("breakfast", Decimal(2), True)]


def test_a_default_that_is_no_number_stays_word_for_word(desk):
    item = desk.add(default_sig="Take as directed by the moon.", vendor="fullscript")
    assert item.sig == "Take as directed by the moon."
    assert doses(item) == []


def test_a_default_that_cannot_be_sent_is_shown_and_left_to_be_typed(desk):
    item = desk.add(default_sig="0.5-AM")
    assert (item.sig, doses(item)) == ("", [])
    page = desk.get("plan-detail", desk.plan.pk).content.decode()
    assert "advises “0.5-AM”, which cannot be sent: type the dose" in page


def test_the_order_of_adding_is_kept(desk):
    names = [desk.add(name=name).listing.name for name in ("Zinc", "Iron", "Boron")]
    page = desk.get("plan-detail", desk.plan.pk).content.decode()
    assert names == ["Zinc", "Iron", "Boron"]
    assert page.index("Zinc") < page.index("Iron") < page.index("Boron")


def test_the_same_listing_twice_leads_to_its_line(desk):
    item = desk.add()
    answer = desk.post("item-add", desk.plan.pk, data={"listing": item.listing_id})
    assert answer.status_code == 422
    assert "already on the plan" in answer.content.decode()
    assert f'data-focus="item-{item.pk}"' in answer.content.decode()
    assert len(desk.items()) == 1


def test_doses_with_halves_and_food_are_saved(desk):
    item = desk.add()
    answer = save(desk, item, dose_breakfast="1.5", food_breakfast="with", dose_bedtime="0.25")
    assert answer.status_code == 200
    assert sorted(doses(desk.items()[0])) == [
        ("bedtime", Decimal("0.25"), None),
        ("breakfast", Decimal("1.5"), True),
    ]


def test_a_save_counts_in_the_plans_revision(desk):
    item = desk.add()
    save(desk, item, units="3")
    with desk.opened():
        desk.plan.refresh_from_db()
    assert desk.plan.revision == 2


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("dose_breakfast", "0", "A dose is more than 0. Leave the field empty"),
        ("dose_breakfast", "0.00", "A dose is more than 0."),
        ("dose_evening", "-1", "A dose is more than 0."),
        ("dose_bedtime", "two", "Write a number"),
        ("dose_bedtime", "1e3", "Write a number"),
        ("dose_bedtime", "1000", "At most 99"),
        ("dose_waking", "0.001", "At most two decimals"),
        ("units", "0", "1 to 99"),
        ("units", "", "1 to 99"),
        ("duration_days", "0", "at least 1"),
        ("notes", "n" * 501, "501 characters. At most 500"),
        ("notes", "one\ntwo", "Line breaks and control characters"),
        ("sig", "a\x07b", "Line breaks and control characters"),
        ("sig", "s" * 301, "At most 300"),
    ],
)
def test_bad_input_is_explained_and_changes_nothing(desk, field, typed, said):
    item = desk.add(default_doses=BREAKFAST)
    answer = save(desk, item, **{field: typed})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert mark_of(desk.items()[0]) == mark_of(item)


def test_without_javascript_bad_input_comes_back_as_typed(desk):
    item = desk.add()
    answer = save(desk, item, htmx=False, dose_breakfast="none", notes="kept words")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="none"' in page
    assert 'value="kept words"' in page
    assert 'aria-invalid="true"' in page


def test_without_javascript_a_save_leads_back_to_the_line(desk):
    item = desk.add()
    answer = save(desk, item, htmx=False, units="2")
    assert answer.status_code == 302
    assert answer.url.endswith(f"#item-{item.pk}")


def test_a_save_over_somebody_elses_is_refused_and_shows_theirs(desk):
    item = desk.add()
    save(desk, item, dose_breakfast="2")
    answer = save(desk, item, dose_breakfast="5", mark=mark_of(item))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody changed this" in page
    assert "Take 2 at breakfast." in page
    assert doses(desk.items()[0]) == [("breakfast", Decimal(2), None)]


def test_the_editor_may_save_theirs_instead(desk):
    item = desk.add()
    save(desk, item, dose_breakfast="2")
    page = save(desk, item, dose_breakfast="5", mark=mark_of(item)).content.decode()
    offered = re.search(r'name="mark" value="(\w+)" data-over', page)[1]
    assert save(desk, item, dose_breakfast="5", mark=offered).status_code == 200
    assert doses(desk.items()[0])[0][1] == 5


def test_saving_again_what_is_saved_already_is_no_conflict(desk):
    item = desk.add()
    save(desk, item, dose_breakfast="2")
    assert save(desk, item, dose_breakfast="2.0", mark="stale").status_code == 200


def test_two_editors_of_two_lines_do_not_meet(desk):
    first, second = desk.add(), desk.add()
    save(desk, first, units="4")
    assert save(desk, second, units="5").status_code == 200


def test_a_removed_line_comes_back_as_it_was(desk):
    desk.add(name="Before")
    item = desk.add(default_doses=BREAKFAST, name="Gone")
    save(desk, item, notes="with water")
    desk.add(name="After")
    answer = desk.post("item-remove", desk.plan.pk, item.pk)
    assert [item.listing.name for item in desk.items()] == ["Before", "After"]
    token = re.search(r'name="removed" value="([^"]+)"', answer.content.decode())[1]
    desk.post("item-restore", desk.plan.pk, data={"removed": token})
    back = desk.items()[1]
    assert (back.listing.name, back.notes) == ("Gone", "with water")
    assert doses(back) == [("breakfast", Decimal(2), True)]


def test_an_undo_belongs_to_its_plan(desk):
    item, other = desk.add(), Desk()
    answer = desk.post("item-remove", desk.plan.pk, item.pk)
    token = re.search(r'name="removed" value="([^"]+)"', answer.content.decode())[1]
    answer = other.post("item-restore", other.plan.pk, data={"removed": token})
    assert answer.status_code == 422
    assert other.items() == []


def test_out_of_stock_can_be_added_and_says_so(desk):
    listing = desk.listing(stock=-3)
    answer = desk.post("item-add", desk.plan.pk, data={"listing": listing.pk})
    assert "out of stock" in answer.content.decode()


def test_the_same_product_from_another_dispensary_is_pointed_out(desk):
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name="Zinc 30")
    desk.add(product=product, vendor="wholescripts")
    desk.add(product=product, vendor="fullscript")
    assert "also on this plan from" in desk.get("plan-detail", desk.plan.pk).content.decode()


def found(desk, typed):
    return desk.get("plan-search", desk.plan.pk, data={"q": typed}).content.decode()


def on_offer(desk, **values):
    """A listing that the catalogue's search knows."""
    owner = values.get("practice")
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name=values["name"], practice=owner)
        listing = ListingFactory(product=product, **values)
        words.refresh([product.pk], owner and owner.pk)
    return listing


def test_search_shows_wholesale_prices_by_role(desk):
    on_offer(desk, name="Zinc Picolinate")
    assert "$24.50" in found(desk, "zinc pico")
    assert "wholesale $14.70" in found(desk, "zinc pico")
    assistant = Desk(Role.ASSISTANT)
    assert "$24.50" in found(assistant, "zinc pico")
    assert "wholesale" not in found(assistant, "zinc pico")


def test_search_says_what_is_on_the_plan_already(desk):
    listing = on_offer(desk, name="Zinc Picolinate")
    assert f'value="{listing.pk}" data-result' in found(desk, "zinc")
    desk.post("item-add", desk.plan.pk, data={"listing": listing.pk})
    assert "On the plan" in found(desk, "zinc")


def test_a_colleagues_private_label_is_not_found(desk):
    with desk.opened():
        connection = ConnectionFactory(membership=MembershipFactory(practice=desk.practice))
    on_offer(desk, name="Zinc Own", practice=desk.practice, connection=connection)
    assert "Nothing found" in found(desk, "zinc own")


def test_a_message_keeps_what_is_too_long_and_says_so(desk):
    answer = desk.post("plan-message", desk.plan.pk, data={"message": "m" * 501}, htmx=False)
    assert answer.status_code == 422
    assert "m" * 501 in answer.content.decode()
    assert "501 characters" in answer.content.decode()


def test_a_message_and_the_tick_are_saved(desk):
    with desk.opened():
        seen = lines.mark(lines.MessageValues.of(desk.plan))
    data = {"message": "Drink water.", "mark": seen}
    assert desk.post("plan-message", desk.plan.pk, data=data).status_code == 200
    with desk.opened():
        desk.plan.refresh_from_db()
    assert (desk.plan.message, desk.plan.notify_patient) == ("Drink water.", False)
