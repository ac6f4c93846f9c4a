"""Packs: pills by time of day, and what may not go into a packet."""

import re

import pytest

from practice.roles import Role
from recommendations import lines, outgoing, packs
from recommendations.lines import PackValues
from tests.factories import ConnectionFactory
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return Desk()


def pill(desk, **values):
    return desk.listing(**({"kind": "pill", "name": "Zinc 15 mg pill"} | values))


def pack_with(desk, *listings):
    pack = desk.pack()
    for listing in listings:
        desk.post("pill-add", desk.plan.pk, pack.pk, data={"listing": listing.pk})
    return pack


def held(desk, pack):
    with desk.opened():
        return list(pack.pills.order_by("id").values_list("listing_id", "slot", "quantity"))


def save(desk, pack, htmx=True, **typed):
    with desk.opened():
        values = PackValues.of(pack)
        shown = {name: value for name, value in values.initial().items() if value}
    data = {"mark": lines.mark(values)} | shown | typed
    return desk.post("pack-edit", desk.plan.pk, pack.pk, data=data, htmx=htmx)


def test_the_configured_pack_is_offered(desk, settings):
    settings.WHOLESCRIPTS_PACK_SKU = "000000000200000633"
    with desk.opened():
        found = packs.products(desk.practice, desk.clinician)
    assert [(one.vendor, one.sku) for one in found] == [("wholescripts", "000000000200000633")]


def test_without_a_configured_pack_none_is_offered(desk, settings):
    settings.WHOLESCRIPTS_PACK_SKU = ""
    with desk.opened():
        assert packs.products(desk.practice, desk.clinician) == []
    assert "packets from" not in desk.get("plan-detail", desk.plan.pk).content.decode()


def test_a_carton_is_its_own_clinicians_only(desk, settings):
    settings.WHOLESCRIPTS_PACK_SKU = ""
    with desk.opened():
        connection = ConnectionFactory(membership=desk.clinician, cartons_as_packs=True)
    carton = {"kind": "pack", "practice": desk.practice, "connection": connection}
    desk.listing(name="Own carton", **carton)
    with desk.opened():
        assert [one.name for one in packs.products(desk.practice, desk.clinician)] == ["Own carton"]
        other = Desk(Role.OWNER)
        assert packs.products(desk.practice, other.clinician) == []


def test_a_carton_is_no_pack_unless_it_was_allowed(desk, settings):
    settings.WHOLESCRIPTS_PACK_SKU = ""
    with desk.opened():
        connection = ConnectionFactory(membership=desk.clinician)
    desk.listing(name="Own carton", kind="pack", practice=desk.practice, connection=connection)
    with desk.opened():
        assert packs.products(desk.practice, desk.clinician) == []


@pytest.mark.parametrize("offered", [True, False])
def test_a_carton_on_a_draft_stops_it_once_cartons_are_not_offered(desk, offered):
    with desk.opened():
        connection = ConnectionFactory(
            membership=desk.clinician, state="active", cartons_as_packs=offered
        )
    desk.listing(
        sku="000000000200000999", kind="pack", practice=desk.practice, connection=connection
    )
    pack = pack_with(desk, pill(desk))
    with desk.opened():
        type(pack).objects.update(sku="000000000200000999", name="Own carton")
        [part] = outgoing.parts(desk.plan)
        told = [one for one in part.problems if "no longer offered as packs" in one]
    shown = desk.get("plan-detail", desk.plan.pk).content.decode()
    assert bool(told) is not offered
    assert ("Cartons are no longer offered" in shown) is not offered


def test_the_accounts_own_pack_goes_before_the_environments(desk, settings):
    settings.WHOLESCRIPTS_PACK_SKU = "000000000200000633"
    with desk.opened():
        ConnectionFactory(membership=desk.clinician, pack_sku="000000000200000777")
        found = packs.products(desk.practice, desk.clinician)
    assert [one.sku for one in found] == ["000000000200000777"]


def test_a_pill_goes_where_its_vendor_advises(desk):
    listing = pill(desk, default_doses=[{"slot": "evening", "quantity": "1", "with_food": None}])
    pack = pack_with(desk, listing)
    assert held(desk, pack) == [(listing.pk, "evening", 1)]


def test_a_bottle_is_no_pill(desk):
    pack, bottle = desk.pack(), desk.listing(name="Magnesium bottle")
    answer = desk.post("pill-add", desk.plan.pk, pack.pk, data={"listing": bottle.pk})
    assert answer.status_code == 422
    assert "Add it to the plan as a line of its own" in answer.content.decode()
    assert held(desk, pack) == []


def test_another_vendors_pill_is_refused(desk):
    pack, stranger = desk.pack(), pill(desk, vendor="fullscript")
    answer = desk.post("pill-add", desk.plan.pk, pack.pk, data={"listing": stranger.pk})
    assert answer.status_code == 422
    assert held(desk, pack) == []


def test_a_pill_twice_is_pointed_out(desk):
    listing = pill(desk)
    pack = pack_with(desk, listing)
    answer = desk.post("pill-add", desk.plan.pk, pack.pk, data={"listing": listing.pk})
    assert answer.status_code == 422
    assert "already in this pack" in answer.content.decode()


def test_quantities_per_packet_are_saved_and_drawn(desk):
    listing = pill(desk)
    pack = pack_with(desk, listing)
    one = f"pill_{listing.pk}"
    answer = save(desk, pack, **{f"{one}_breakfast": "2", f"{one}_bedtime": "1"})
    assert held(desk, pack) == [(listing.pk, "breakfast", 2), (listing.pk, "bedtime", 1)]
    assert answer.content.decode().count('class="pack__pill') >= 3
    assert "90 pills in 30 days" in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("pill_{}_breakfast", "7", "1 to 6 of one pill"),
        ("pill_{}_breakfast", "0", "1 to 6 of one pill"),
        ("pill_{}_breakfast", "half", "1 to 6 of one pill"),
        ("pill_{}_breakfast", "", "Write how many per packet, or remove this pill."),
        ("pill_{}_midday", "1", "No packet can be made for midday"),
        ("pill_999999_breakfast", "1", "This pill is not in the pack"),
        ("name", "", "A pack needs a name"),
        ("name", "n" * 61, "At most 60"),
        ("units", "0", "1 to 99"),
    ],
)
def test_bad_input_is_explained_and_changes_nothing(desk, field, typed, said):
    listing = pill(desk)
    pack = pack_with(desk, listing)
    before = held(desk, pack)
    answer = save(desk, pack, **{field.format(listing.pk): typed})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert held(desk, pack) == before


def test_without_javascript_what_was_typed_comes_back(desk):
    listing = pill(desk)
    pack = pack_with(desk, listing)
    answer = save(desk, pack, htmx=False, name="Kept", **{f"pill_{listing.pk}_evening": "9"})
    assert answer.status_code == 422
    assert 'value="Kept"' in answer.content.decode()
    assert 'value="9"' in answer.content.decode()


def test_a_save_over_somebody_elses_is_refused(desk):
    pack = pack_with(desk, pill(desk))
    save(desk, pack, name="Theirs")
    with desk.opened():
        pack.refresh_from_db()
    answer = save(desk, pack, name="Mine", mark="0" * 16)
    assert answer.status_code == 422
    assert "“Theirs”" in answer.content.decode()


def test_a_removed_pack_comes_back_with_its_pills(desk):
    listing = pill(desk)
    pack = pack_with(desk, listing)
    answer = desk.post("pack-remove", desk.plan.pk, pack.pk)
    token = re.search(r'name="removed" value="([^"]+)"', answer.content.decode())[1]
    desk.post("item-restore", desk.plan.pk, data={"removed": token})
    with desk.opened():
        back = desk.plan.packs.get()
    assert held(desk, back) == [(listing.pk, "breakfast", 1)]


def test_a_pill_can_be_taken_out(desk):
    listing = pill(desk)
    pack = pack_with(desk, listing)
    desk.post("pill-remove", desk.plan.pk, pack.pk, data={"listing": listing.pk})
    assert held(desk, pack) == []


def test_the_review_says_in_which_words_food_goes_with_a_pack(desk, settings):
    settings.WHOLESCRIPTS_PACK_SKU = "000000000200000633"
    pack = pack_with(desk, pill(desk))
    page = desk.get("plan-review", desk.plan.pk).content.decode()
    assert "no note goes with the pack" in page
    save(desk, pack, notes="Take the morning packet with food.")
    page = desk.get("plan-review", desk.plan.pk).content.decode()
    assert "word for word: “Take the morning packet with food.”" in page


def test_the_editor_says_where_food_is_written(desk):
    pack_with(desk, pill(desk))
    page = desk.get("plan-detail", desk.plan.pk).content.decode()
    assert "Packets cannot say “with food”: write it here." in page
