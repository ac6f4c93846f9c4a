"""Every main page of a practice at work, looked at by axe: rules A and AA of WCAG 2.0 to 2.2,
light and dark, on a phone and on a desk."""

from dataclasses import replace
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone

from catalog import words
from catalog.facts_panel import FactsPanel, Ingredient
from catalog.models import Favourite, FormularyEntry, Listing, Product
from deliveries.models import Delivery
from practice import merge, tenancy, timeline
from practice.models import Connection, PatientLink, PatientReading, VendorPatient
from practice.roles import Role
from practice.roster import Group
from recommendations.models import (
    Dose,
    LabOrder,
    LabResult,
    Order,
    OrderReading,
    PackPill,
    Plan,
    PlanItem,
    Protocol,
    ProtocolItem,
    Sending,
)
from tests.factories import ConnectionFactory, PatientFactory
from tests.recommendations.bridge import Bridge
from tests.recommendations.rows import Desk, ListingFactory

pytestmark = pytest.mark.django_db

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
    "resultTypes": ["violations"],
}
WIDTHS = (390, 1280)


@pytest.fixture
def desk():
    """A clinic whose owner practises, with something on every page."""
    desk = Desk()
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name="Magnesium Calm", form="Capsules")
        listing = ListingFactory(
            product=product, name="Magnesium Calm", warnings=["Prop65BirthDefectCancer"]
        )
        out = ListingFactory(product=product, vendor="fullscript", name="Magnesium Calm", stock=0)
        pill = ListingFactory(kind="pill", name="Zinc, one tablet")
        words.refresh([product.pk], None)
    with desk.opened():
        desk.member.role = Role.OWNER
        desk.member.save()
        signed = Plan.objects.create(
            practice=desk.practice,
            patient=desk.patient,
            clinician=desk.clinician,
            state=Plan.State.SIGNED,
            signed_at=now,
        )
        for plan in (desk.plan, signed):
            item = PlanItem.objects.create(practice=desk.practice, plan=plan, listing=listing)
            Dose.objects.create(practice=desk.practice, item=item, slot="breakfast", quantity=2)
        PlanItem.objects.create(practice=desk.practice, plan=signed, listing=out)
        desk.protocol = Protocol.objects.create(
            practice=desk.practice, name="Winter", left_out=["Line 2 is not in the catalogue."]
        )
        ProtocolItem.objects.create(
            practice=desk.practice, protocol=desk.protocol, listing=listing, sig="One a day."
        )
        pack = desk.pack()
        PackPill.objects.create(
            practice=desk.practice, pack=pack, listing=pill, slot="breakfast", quantity=2
        )
        connection = ConnectionFactory(
            membership=desk.clinician, state="active", email="else@people.example"
        )
        for state, vendor in (("refused", "wholescripts"), ("unknown", "fullscript")):
            Sending.objects.create(
                practice=desk.practice,
                plan=signed,
                vendor=vendor,
                connection=connection,
                road="api",
                state=state,
                last_error="The patient cannot be linked.",
            )
        desk.parcel = Delivery.objects.create(
            practice=desk.practice,
            patient=desk.patient,
            booked_by=desk.member,
            recipient_name=desk.patient.name,
            address_line="100 Sample Ave, Tampa, FL 33602",
            delivery_date=now.date(),
            state=Delivery.State.NEEDS_REVIEW,
            review_reason="The answer was lost.",
            attempted_at=now,
        )
        timeline.note(desk.patient, "plan", "Plan signed", source="t:1", happened_at=now)
        desk.account = at_a_dispensary(desk, now)
        desk.buyer, desk.lab = with_orders(desk, now)
        alike = {"first_name": desk.patient.first_name, "practice": desk.practice}
        desk.twin = PatientFactory(**alike, allergies="Penicillin")
        spoken_of(desk, product, now)
        kept, merged = PatientFactory(**alike, email=""), PatientFactory(**alike)
        desk.swallowed = merge.merge(
            kept, merged, {}, shown=merge.seen(kept, merged), by=desk.clinician, now=now
        )
    desk.signed, desk.product, desk.compared = signed, product, labelled(product)
    return desk


def labelled(product):
    """Gives `product` a label with everything on it, and a second one beside it; the ids."""
    rows = (
        Ingredient("Magnesium", "as magnesium bisglycinate", Decimal(100), "mg", Decimal(24)),
        Ingredient("Calm Blend", amount=Decimal(2), unit="g"),
        Ingredient("Passionflower", blend="Calm Blend"),
    )
    panel = FactsPanel(Decimal(2), "capsules", Decimal(30), rows, unread=("Sodium 0…",))
    full = replace(panel, others=("Rice flour",), allergens=("soy",), free_of=("gluten",))
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.filter(product=product).update(facts=full.as_json(), facts_html="<p>F</p>")
        other = Product.objects.create(name="Magnesium Plain")
        ListingFactory(product=other, facts=replace(panel, ingredients=rows[:1]).as_json())
    return product.pk, other.pk


def spoken_of(desk, product, now):
    """The product is starred, and to be avoided."""
    own = {"practice": desk.practice, "product": product}
    Favourite.objects.create(membership=desk.member, **own)
    FormularyEntry.objects.create(
        standing="avoid", reason="Recalled", decided_by=desk.member, decided_at=now, **own
    )


def at_a_dispensary(desk, now):
    """The owner's own account there, with somebody in every group of its patients."""
    member, own = desk.member, {"practice": desk.practice}
    member.is_clinician = True
    member.save()
    account = Connection.objects.filter(membership=member, vendor="fullscript").first()
    account = account or ConnectionFactory(membership=member, vendor="fullscript")
    account.state, account.account_id = "active", "clinic-1"
    account.save()
    at = own | {"vendor": "fullscript", "account_id": "clinic-1"}
    ours = {"first_name": desk.patient.first_name, "last_name": desk.patient.last_name}
    for number, fields in enumerate(
        [
            {"our_id": f"patient-{desk.patient.pk}", **ours},
            {"birth_date": desk.patient.birth_date, **ours},
            {"first_name": "Ida", "last_name": "Moss", "email": "ida@mail.example"},
            {"first_name": "Mila", "guardian_id": "v2", "is_dependent": True},
            {"first_name": "Otto", "is_archived": True},
            {"first_name": "Pia", "decision": "left", "decided_by": "Nora", "decided_at": now},
            {"first_name": "Rosa"},
        ]
    ):
        VendorPatient.objects.create(vendor_patient_id=f"v{number}", read_at=now, **at, **fields)
    PatientLink.objects.create(
        patient=PatientFactory(**own),
        vendor_patient_id="v6",
        evidence="taken_in",
        linked_at=now,
        linked_by="Nora",
        **at,
    )
    PatientReading.objects.create(
        connection=account,
        asked_by=member,
        asked_at=now,
        finished_at=now,
        state="done",
        seen=7,
        **own,
    )
    return account


def with_orders(desk, now):
    """Who is linked there, with an order and with a laboratory order in every trouble; the ids."""
    own, link = {"practice": desk.practice}, PatientLink.objects.get(vendor_patient_id="v6")
    OrderReading.objects.create(
        link=link, read_at=now, labs_refused_at=now, last_error="Unavailable", **own
    )
    theirs = {
        "patient": link.patient,
        "vendor": link.vendor,
        "account_id": link.account_id,
        "vendor_patient_id": link.vendor_patient_id,
        "read_at": now,
    }
    lines = [
        {"sku": "a", "name": "Magnesium Calm", "quantity": 2, "kind": "supplement", "raw_kind": ""},
        {"sku": "b", "name": "", "quantity": None, "kind": "labs", "raw_kind": "labs"},
    ]
    Order.objects.create(
        vendor_order_id="o1",
        number="R000000001",
        raw_state="refunded",
        placed_at=now,
        lines=lines,
        plan_ids=["p1"],
        **theirs,
        **own,
    )
    Order.objects.create(vendor_order_id="o2", **theirs, **own)
    lab = LabOrder.objects.create(
        connection=desk.account,
        vendor_lab_order_id="l1",
        name="Metabolic Panel",
        state="amended",
        tests=[{"id": "t1", "name": "Glucose"}],
        first_seen_at=now,
        changed_at=now,
        amended_at=now,
        last_error="It did not answer. Regimen asks again by itself.",
        **theirs,
        **own,
    )
    for number, version, is_here in (("r1", 1, True), ("r1", 2, True), ("r2", 1, False)):
        result = LabResult.objects.create(
            order=lab, vendor_result_id=number, version=version, name="Metabolic Panel", **own
        )
        if is_here:
            result.hold(b"%PDF-1.4", "application/pdf", now)
        else:
            result.give_up("What came was no PDF of a size that Regimen takes.")
    return link.patient_id, lab.pk


def pages(desk):
    slug, plan, patient = desk.practice.slug, desk.plan.pk, desk.patient.pk
    named = [
        ("practice:today",),
        ("practice:patient-list",),
        ("practice:patient-add",),
        ("practice:patient-detail", patient),
        ("practice:duplicate-list",),
        ("practice:patient-assign",),
        ("practice:patient-merge", patient, desk.twin.pk),
        ("practice:patient-merge-choose", patient),
        ("practice:patient-detail", desk.swallowed.kept_id),
        ("practice:merge-detail", desk.swallowed.pk),
        ("practice:connection-list",),
        *[("practice:roster-list", desk.account.pk, group) for group in Group],
        ("practice:connection-all",),
        ("practice:audit-list",),
        ("practice:practice-settings",),
        ("practice:practice-edit",),
        ("catalog:product-list",),
        ("catalog:product-detail", desk.product.pk),
        ("catalog:product-compare",),
        ("catalog:favourite-list",),
        ("catalog:formulary-list",),
        ("catalog:formulary-edit", desk.product.pk),
        ("recommendations:product-add", desk.product.pk),
        ("recommendations:at-risk-list",),
        ("recommendations:plan-list",),
        ("protocols:protocol-list",),
        ("protocols:protocol-detail", desk.protocol.pk),
        ("recommendations:plan-detail", plan),
        ("recommendations:plan-review", plan),
        ("recommendations:plan-sheet", plan),
        ("recommendations:plan-detail", desk.signed.pk),
        ("recommendations:plan-review", desk.signed.pk),
        ("practice:patient-detail", desk.buyer),
        ("recommendations:order-list", desk.buyer),
        ("recommendations:order-list", patient),
        ("recommendations:lab-detail", desk.lab),
        ("deliveries:delivery-list",),
        ("deliveries:delivery-detail", desk.parcel.pk),
        ("deliveries:delivery-book", patient),
        ("deliveries:courier-settings",),
    ]
    own = [address(slug, *one) for one in named]
    compared = "&".join(f"p={pk}" for pk in desk.compared)
    own.append(f"{address(slug, 'catalog:product-compare')}?{compared}&q=zinc")
    account = ("account_email", "account_change_password", "mfa_index", "usersessions_list")
    return [*own, *map(reverse, account), reverse("session-again"), "/nothing/here/"]


def address(slug, name, *args):
    """A group of a list stands in its query."""
    groups = [group for group in args if isinstance(group, Group)]
    path = reverse(name, args=[slug, *(arg for arg in args if arg not in groups)])
    return f"{path}?show={groups[0]}" if groups else path


def found_on(page) -> list[str]:
    """What axe finds on the open page, a line each."""
    answer = Axe().run(page, options=RULES).response
    return [
        f"{page.url}: {rule['id']}: {node['html'][:120]}: {node['failureSummary']}"
        for rule in answer["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(page, desk, theme):
    page.emulate_media(color_scheme=theme)
    bridge = Bridge(page, desk.browser)
    found, wide = [], []
    for address in pages(desk):
        bridge.open(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found += found_on(page)
        page.set_viewport_size({"width": 320, "height": 640})
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(address)
    assert (found, wide) == ([], [])


def test_axe_is_awake(page, desk):
    """The check above would find an input without a name."""
    bridge = Bridge(page, desk.browser)
    bridge.open(pages(desk)[0])
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    found = Axe().run(page, options=RULES).response["violations"]
    assert [rule["id"] for rule in found] == ["label"]
