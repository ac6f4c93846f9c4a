"""What plans show on Today and on a patient's page."""

from django.db.models import Q
from django.urls import reverse

from practice import connect, link
from practice.desk import Action, Card, Line, Panel, Urgency
from practice.models import Connection, PatientLink
from practice.vendors.contract import Ability
from practice.vendors.registry import VENDORS
from practice.vendors.words import listed
from recommendations import (
    drafting,
    framing,
    history,
    history_by_address,
    lab_page,
    overview,
    read_orders,
)
from recommendations.models import LabOrder, LabResult, Order, OutsidePlan, Plan, Sending

DRAFTS_SHOWN = 5
PLANS_SHOWN = 5
SENDINGS_SHOWN = 10
RESULTS_SHOWN = 10
ORDERS_SHOWN = 3

# What the audit trail calls these pages.
PAGES = {
    "recommendations:plan-list": "the list of plans",
    "recommendations:plan-start": "the start of a plan",
    "recommendations:plan-review": "the review of a plan",
    "recommendations:product-add": "the drafts that a product can be added to",
    "recommendations:at-risk-list": "the products at risk",
    "recommendations:plan-sheet": "the regimen sheet",
    "recommendations:labs-frame": "ordering labs",
    "recommendations.sending": "a plan",
    "recommendations.outsideplan": "a plan made at a dispensary",
    "recommendations:sending-checkout": "the checkout of a plan",
    "recommendations:order-list": "the list of orders",
    "recommendations.laborder": "a laboratory order",
    "recommendations.labresult": "a laboratory result",
}

# The states of a signed part that somebody should know of, and what is the matter.
TO_SETTLE = {
    Sending.State.HAND_OVER: "To be activated in",
    Sending.State.REFUSED: "Refused by",
    Sending.State.UNKNOWN: "No word yet from",
    Sending.State.NEEDS_REVIEW: "To be looked up at",
}


def drafts_to_resume(request) -> Card | None:
    """The drafts that the member writes on."""
    if not request.membership.may("draft_plans"):
        return None
    drafts = drafting.open_to(request.membership)
    slug = request.practice.slug
    shown = overview.with_counts(drafts)[:DRAFTS_SHOWN]
    return Card(
        title="Drafts to resume",
        lines=tuple(
            Line(
                text=plan.patient.name,
                url=reverse("recommendations:plan-detail", args=[slug, plan.pk]),
                note=_held(plan),
                state="draft",
                label="Draft",
                patient_id=plan.patient_id,
            )
            for plan in shown
        ),
        empty="No plan is waiting to be finished.",
        urgency=Urgency.SOON if shown else Urgency.CALM,
        icon="plans",
        count=drafts.count(),
        url=reverse("recommendations:plan-list", args=[slug]) + "?show=draft",
        url_label="All drafts",
    )


def to_settle(request) -> Card | None:
    """Signed parts that are not where they should be: a clinician's own and those of colleagues
    who are gone, everybody's for others."""
    parts = Sending.objects.for_practice(request.practice)
    waiting = (parts.filter(state__in=TO_SETTLE) | parts.stranded()).select_related(
        "plan__patient", "plan__clinician", "plan__signed_by", "connection__membership"
    )
    if request.membership.is_clinician:
        gone = Q(plan__clinician__deactivated_at__isnull=False)
        waiting = waiting.filter(Q(plan__clinician=request.membership) | gone)
    shown = list(waiting.order_by("created_at", "pk"))
    if not shown:
        return None
    slug = request.practice.slug
    return Card(
        title="Signed, but not done",
        lines=tuple(
            Line(
                text=sending.plan.patient.name,
                url=reverse("recommendations:plan-review", args=[slug, sending.plan_id]),
                note=_matter(sending),
                state=sending.state,
                label=sending.get_state_display(),
                patient_id=sending.plan.patient_id,
            )
            for sending in shown[:SENDINGS_SHOWN]
        ),
        urgency=Urgency.NOW,
        icon="warning",
        count=len(shown),
        url=reverse("recommendations:plan-list", args=[slug]) + "?show=signed",
        url_label="All signed plans",
    )


def start_a_plan(request, patient) -> Action | None:
    """One press for a clinician; who drafts for others is asked for whom first."""
    if patient.archived_at is not None or not request.membership.may("draft_plans"):
        return None
    return Action(
        label="Start a plan",
        url=reverse("recommendations:plan-start", args=[request.practice.slug, patient.pk]),
        icon="plus",
        primary=True,
        post=request.membership.is_clinician,
    )


def order_labs(request, patient) -> Action | None:
    """For a clinician with an account of their own where labs are ordered."""
    if patient.archived_at is not None or not request.membership.may("sign_plans"):
        return None
    keys = [vendor.key for vendor in framing.labs_vendors()]
    own = Connection.objects.for_practice(request.practice).of(request.membership).active()
    connection = own.filter(vendor__in=keys).first() if keys else None
    if connection is None:
        return None
    where = [request.practice.slug, patient.pk, connection.vendor]
    return Action(label="Order labs", url=reverse("recommendations:labs-frame", args=where))


def plans_of(request, patient) -> Panel:
    own = Plan.objects.for_practice(request.practice).filter(patient=patient)
    return Panel(
        title="Plans",
        template="recommendations/_patient_plans.html",
        context={"plans": list(overview.with_counts(own)[:PLANS_SHOWN])},
        url=reverse("recommendations:plan-list", args=[request.practice.slug]),
        url_label="All plans",
    )


def _matter(sending) -> str:
    by = (sending.plan.signed_by or sending.plan.clinician).name
    label = VENDORS[sending.vendor].label
    if sending.is_stranded:
        return (
            f"Does not go to {label}: {sending.connection.membership.name} has no access any more"
        )
    if sending.state == Sending.State.NEEDS_REVIEW and sending.question:
        return f"Held back from {label} for your word, signed by {by}"
    return f"{TO_SETTLE[sending.state]} {label}, signed by {by}"


def made_there(request, patient) -> Panel | None:
    """Plans that were made at a vendor itself, for a patient who is linked there or whom the
    member's own account knows by their address."""
    rows = list(
        OutsidePlan.objects.for_practice(request.practice).filter(patient=patient)[:PLANS_SHOWN]
    )
    linked = [row for row in link.current(patient) if history.is_read(row.vendor)]
    mine = Connection.objects.for_practice(request.practice).of(request.membership).active()
    asked = history_by_address.accounts(mine.select_related("membership__user"))
    reached = [*linked, *(asked if patient.email else ())]
    if not rows and not reached:
        return None
    labels = listed(sorted({VENDORS[row.vendor].label for row in (*rows, *reached)}))
    return Panel(
        title=f"Made at {labels} itself",
        template="recommendations/_made_there.html",
        context={
            "plans": rows,
            "patient": patient,
            "may_look": bool(reached) and request.membership.may("sign_plans"),
        },
    )


def new_results(request) -> Card | None:
    """Laboratory results that are here and that the member, whose patient it is, has not opened."""
    if not request.membership.is_clinician:
        return None
    mine = LabOrder.objects.for_practice(request.practice).filter(
        lab_page.of_member(request.membership)
    )
    rows = lab_page.not_opened(request.practice).filter(order__in=mine).order_by("fetched_at")
    found: dict[int, list[LabResult]] = {}
    for row in rows.select_related("order__patient").defer("content", "order__raw"):
        found.setdefault(row.order_id, []).append(row)
    if not found:
        return None
    slug = request.practice.slug
    orders = [(waiting[0].order, len(waiting)) for waiting in found.values()]
    return Card(
        title="New results",
        lines=tuple(
            Line(
                text=order.patient.name,
                url=reverse("recommendations:lab-detail", args=[slug, order.pk]),
                note=f"{order.title}: {count} {'result' if count == 1 else 'results'} to open",
                state=order.shown_as,
                label=order.state_in_words,
                patient_id=order.patient_id,
            )
            for order, count in orders[:RESULTS_SHOWN]
        ),
        urgency=Urgency.SOON,
        icon="event-lab",
        count=len(orders),
    )


def orders_of(request, patient) -> Panel | None:
    """What a linked patient ordered last, and their laboratory orders. Four queries,
    one where nobody is linked."""
    vendors = [vendor.key for vendor in connect.offering(Ability.ORDERS)]
    links = PatientLink.objects.for_practice(request.practice).standing()
    links = links.filter(patient=patient, vendor__in=vendors)
    links = list(links.prefetch_related("order_readings"))
    if not links:
        return None
    readings = [reading for link in links for reading in link.order_readings.all()]
    own = {"patient": patient}
    orders = Order.objects.for_practice(request.practice).of_linked().filter(**own).defer("raw")
    labs = LabOrder.objects.for_practice(request.practice).of_linked().filter(**own).defer("raw")
    times = [reading.read_at for reading in readings if reading.read_at]
    return Panel(
        title="Orders",
        template="recommendations/_patient_orders.html",
        context={
            "orders": list(orders.newest()[:ORDERS_SHOWN]),
            "labs": list(labs[:ORDERS_SHOWN]),
            "read_at": max(times, default=None),
            "problems": list(filter(None, map(read_orders.problem, readings))),
        },
        url=reverse("recommendations:order-list", args=[request.practice.slug, patient.pk]),
        url_label="All orders",
    )


def _held(plan) -> str:
    lines = f"{plan.line_count} product{'' if plan.line_count == 1 else 's'}"
    if plan.pack_count:
        lines += f", {plan.pack_count} pack{'' if plan.pack_count == 1 else 's'}"
    return f"{lines}, for {plan.clinician.name}"
