"""Which drafts a member writes on, and what of a product each can take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from catalog.models import Listing
from practice import covering
from practice.desk import Action
from practice.models import Connection, Membership
from recommendations.models import Plan, PlanItem


def open_to(member: Membership):
    """The member's own drafts and those of whom they cover for today; a member who is no
    clinician sees everybody's."""
    drafts = Plan.objects.for_practice(member.practice_id).filter(state=Plan.State.DRAFT)
    if not member.is_clinician:
        return drafts
    return drafts.filter(Q(clinician=member) | Q(clinician__in=covering.covered(member)))


@dataclass(frozen=True)
class Choice:
    """One draft and the offers that its clinician can order, each with whether it is there."""

    plan: Plan
    offers: tuple[tuple[Listing, bool], ...]


def choices(practice, plans: Iterable[Plan], offers: Sequence[Listing]) -> list[Choice]:
    """Two queries."""
    plans = list(plans)
    there = set(
        PlanItem.objects.for_practice(practice)
        .filter(plan__in=plans, listing__in=offers)
        .values_list("plan_id", "listing_id")
    )
    owners = dict(Connection.objects.for_practice(practice).values_list("pk", "membership_id"))
    return [
        Choice(
            plan,
            tuple(
                (offer, (plan.pk, offer.pk) in there)
                for offer in offers
                if owners.get(offer.connection_id, plan.clinician_id) == plan.clinician_id
            ),
        )
        for plan in plans
    ]


def add_to_a_plan(request, product) -> Action | None:
    """On the product's page."""
    if not request.membership.may("draft_plans"):
        return None
    where = [request.practice.slug, product.pk]
    return Action(
        label="Add to a plan",
        url=reverse("recommendations:product-add", args=where),
        icon="plus",
        primary=True,
    )
