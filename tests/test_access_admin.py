"""Every desk of the operator's staff, looked at by axe: lists, rows' pages and the pages that
ask; light and dark, on a phone, a tablet and a desk, with rows and without.

Pages are many and alike, so each is opened once, in one browser that keeps its scripts; the
menu, the same on each, is looked at only on the first. The suite takes the two shapes that
differ most; `make soak ARGS=tests/test_access_admin.py` takes every one.
"""

import datetime as dt

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import ListingFile, Product, SyncRun
from deliveries.models import Delivery, DeliveryEvent, Proof
from practice import jobs, tenancy, timeline
from practice.models import CourierAccount, EventSweep, Receipt, VendorWord
from practice.navigation import DESKS
from practice.vendors.contract import Verdict
from recommendations.models import Plan, PlanItem, Sending, UpperLimit
from tests.factories import ConnectionFactory, staff_user
from tests.recommendations.rows import Desk, ListingFactory
from tests.test_access import RULES

MENU = "#nav-sidebar"
# What a dark page has of its own is its colours; what a tablet has, where things stand.
COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
PLACES = {"runOnly": ["color-contrast", "target-size"], "resultTypes": ["violations"]}
SHAPES = (
    (320, "light", RULES),
    (320, "dark", COLOURS),
    (768, "light", PLACES),
    (768, "dark", COLOURS),
    (1280, "light", RULES),
    (1280, "dark", COLOURS),
)
FEW_SHAPES = (SHAPES[0], SHAPES[-1])
IN_SHAPES = pytest.mark.parametrize(
    "shapes",
    [FEW_SHAPES, pytest.param(SHAPES, marks=pytest.mark.soak)],
    ids=["two shapes", "every shape"],
)
STILL = """() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync("* { transition: none !important; animation: none !important }")
  document.adoptedStyleSheets = [sheet]
}"""
LOOK = """async ([leavingOut, rules]) => {
  const found = (await axe.run({ exclude: [leavingOut] }, rules)).violations.flatMap(
    (rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`))
  const wide = document.documentElement.scrollWidth > innerWidth
  return wide ? [...found, "scrolls sideways"] : found
}"""


@pytest.fixture
def staff(context, page, site):
    """A tab of one of the operator's staff, signed in with a second step."""
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user(email="op@staff.example"))
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": browser.cookies[name].value, "url": site}])
    page.set_default_timeout(30_000)
    page.add_init_script(Axe().axe_script)
    return page


@pytest.fixture
def clinic(committed_db):
    """A practice with something on every desk, much of it in trouble."""
    desk = Desk()
    now = timezone.now()
    jobs.record("practice.tasks.sweep", now, now, ValueError())
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name="Magnesium Calm", form="Capsules")
        listing = ListingFactory(product=product, name="Magnesium Calm")
        ListingFile.objects.create(
            listing=listing, kind="image", attempts=2, last_error="The vendor did not answer."
        )
        VendorWord.objects.create(
            vendor="wholescripts", term="packet", word="Noon", meaning="midday"
        )
        UpperLimit.objects.create(
            nutrient="zinc",
            amount=25,
            source="Panel",
            published=2024,
            set_by=staff_user(email="limits@staff.example"),
            set_at=now,
        )
        for state in ("waiting", "done", "needs_review", "failed"):
            SyncRun.objects.create(
                vendor="wholescripts", state=state, finished_at=now, last_error="Unavailable"
            )
    with desk.opened():
        practice = desk.practice
        connection = ConnectionFactory(
            membership=desk.clinician,
            vendor="fullscript",
            state="active",
            access_token="x",
            token_at=now - dt.timedelta(hours=1),
            expires_at=now + dt.timedelta(hours=1),
            scopes="clinic:read",
            last_error="Unavailable",
            errand_outcome="Test: Unavailable: it did not answer; try again later.",
            errand_done_at=now,
        )
        ConnectionFactory(membership=desk.clinician, state="needs_reconnect")
        PlanItem.objects.create(practice=practice, plan=desk.plan, listing=listing)
        for state in ("unknown", "refused", "sent"):
            plan = Plan.objects.create(
                practice=practice, patient=desk.patient, clinician=desk.clinician
            )
            Sending.objects.create(
                practice=practice,
                plan=plan,
                vendor="fullscript",
                connection=connection,
                road="api",
                state=state,
                last_error="The patient cannot be linked.",
            )
        account = CourierAccount.objects.create(practice=practice)
        account.pause("Over the plan's limit")
        receipts = [
            Receipt.objects.create(
                practice=practice,
                vendor="scriptrun",
                endpoint="scriptrun/1",
                event_id=f"event-{state}",
                event_type="delivery.completed",
                verdict=Verdict.GENUINE,
                body=b"{}",
                received_at=now,
                state=state,
                last_error="KeyError" if state == "failed" else "",
            )
            for state in Receipt.State.values
        ]
        EventSweep.objects.create(
            practice=practice,
            vendor="fullscript",
            account_id="clinic-1",
            span="recent",
            seen=9,
            missed=4,
            overdue=4,
            overdue_since=now,
            finished_at=now,
            not_before_at=now,
            skipped=["lab_orders"],
            failed_deliveries=[
                {"event": "ev-1", "type": "order.placed", "at": "", "status": "500"}
            ],
        )
        Receipt.objects.create(
            practice=practice,
            vendor="fullscript",
            endpoint="fullscript",
            event_id="ev-1",
            event_type="order.placed",
            verdict=Verdict.GENUINE,
            body=b"{}",
            received_at=now,
            found_by="sweep",
        )
        parcel = Delivery.objects.create(
            practice=practice,
            patient=desk.patient,
            booked_by=desk.member,
            recipient_name=desk.patient.name,
            address_line="100 Sample Ave, Tampa, FL 33602",
            delivery_date=now.date(),
            state=Delivery.State.NEEDS_REVIEW,
            review_reason="The answer was lost.",
            attempted_at=now,
        )
        DeliveryEvent.objects.create(
            practice=practice,
            delivery=parcel,
            receipt=receipts[0],
            parcel_id="p-1",
            type="delivery.completed",
            happened_at=now,
        )
        Proof.objects.create(practice=practice, delivery=parcel, kind="photo")
        timeline.note(desk.patient, "plan", "Plan signed", source="t:1", happened_at=now)
    return desk


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def lists() -> list[str]:
    own = [reverse("admin:index"), reverse("admin:narrow"), reverse("admin:jobs")]
    return own + [address(model, "changelist") for model in admin.site._registry]


def rows() -> list[tuple[str, tuple]]:
    """The page of the newest row of each kind, and the deeds of its desk."""
    with tenancy.unit(tenancy.EVERYTHING):
        return [
            (address(model, "change", row.pk), getattr(desk, "deeds", ()))
            for model, desk in admin.site._registry.items()
            for row in [model._default_manager.order_by("-pk").first()]
            if row is not None
        ]


def kept_apart() -> list[str]:
    """The desks' lists; the other tables share one template with them."""
    return [reverse(page) for _, _, page in DESKS]


def shown(page, width, theme):
    """Shapes the open page. The package reads the theme once, at load, into a class."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(
        "dark => document.documentElement.classList.toggle('dark', dark)", theme == "dark"
    )


def looked_at(page, shapes, leaving_out=MENU) -> list[str]:
    """What is wrong with the open page in `shapes`."""
    found = []
    page.evaluate(STILL)
    for width, theme, rules in shapes:
        shown(page, width, theme)
        answer = page.evaluate(LOOK, [leaving_out, rules])
        found += [f"{page.url}: {width} {theme}: {one}" for one in answer]
    return found


def test_axe_finds_nothing_on_the_menu_and_on_empty_desks(staff, site):
    staff.goto(site + reverse("admin:index"))
    found = looked_at(staff, SHAPES, leaving_out="no-such-menu")
    for one in kept_apart():
        staff.goto(site + one)
        found += looked_at(staff, FEW_SHAPES)
    assert not found, "\n".join(found)


@IN_SHAPES
def test_axe_finds_nothing_on_lists_with_rows(staff, site, clinic, shapes):
    found = []
    for one in lists():
        staff.goto(site + one)
        found += looked_at(staff, shapes)
    assert not found, "\n".join(found)


def gave_a_reason(page) -> bool:
    """Gives the reason that a patient's rows are opened for, where one is asked for."""
    look = page.get_by_role("button", name="Look", exact=True)
    if not look.count():
        return False
    page.get_by_label("Reason").fill("Asked us to look")
    look.click()
    look.wait_for(state="detached")
    return True


@IN_SHAPES
def test_axe_finds_nothing_on_the_pages_of_rows_and_on_those_that_ask(staff, site, clinic, shapes):
    found = []
    for one, deeds in rows():
        staff.goto(site + one)
        found += looked_at(staff, shapes)
        if gave_a_reason(staff):
            found += looked_at(staff, shapes)
        for deed in deeds:
            if staff.url != site + one:
                staff.goto(site + one)
            staff.locator(f'button[name="action"][value="{deed}"]').click()
            staff.get_by_text("This touches 1").wait_for()
            found += looked_at(staff, FEW_SHAPES)
    assert not found, "\n".join(found)


def test_axe_is_awake_on_a_dark_desk(staff, site):
    """The checks above would find dark words on a dark page."""
    staff.goto(site + reverse("admin:jobs"))
    staff.evaluate("document.querySelector('#content p').style.color = '#233'")
    assert "1280 dark: color-contrast" in "\n".join(looked_at(staff, FEW_SHAPES))
