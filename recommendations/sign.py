"""Signing a plan: from then on it is fixed, and each vendor's part of it is on its way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from django.db.models import Q

from practice import locks
from practice.models import Membership, PatientEvent
from practice.vendors.contract import ReferralCode
from recommendations import checks, outcome, outgoing
from recommendations.models import Plan, Sending

AGAIN_WITHIN = dt.timedelta(hours=24)
State = Sending.State


class NotReady(Exception):
    """The plan cannot be signed as it is. `problems` are sentences for the clinician."""

    def __init__(self, problems: list[str]):
        super().__init__("; ".join(problems))
        self.problems = problems


def queue(
    plan: Plan,
    by: Membership,
    now: dt.datetime,
    *,
    referrals: dict[str, ReferralCode] | None = None,
    packs_confirmed: bool = False,
    again: bool = False,
    reasons: Mapping[str, str] = MappingProxyType({}),
) -> list[Sending]:
    """Signs `plan` and makes one Sending per vendor, in the caller's unit. Raises NotReady.

    `referrals` holds the code chosen for a patient who is new to a vendor, by vendor key.
    `again` confirms that the same thing was sent within a day and is wanted once more.
    `reasons` say, by the key of an alert, why it is signed all the same.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    parts = outgoing.parts(plan)
    problems = [problem for part in parts for problem in part.problems]
    if not plan.is_draft:
        problems = ["This plan is signed already."]
    elif not parts:
        problems = ["The plan is empty. Add a product first."]
    elif any(part.holds_packs for part in parts) and not packs_confirmed:
        problems.append("Confirm the number of pills in each packet.")
    if plan.clinician_id != by.pk:
        problems.append(f"Only {plan.clinician.name} can sign this plan.")
    if problems:
        raise NotReady(problems)
    sendings = []
    for part in parts:
        referral = (referrals or {}).get(part.vendor.key)
        sending = Sending(
            practice_id=plan.practice_id,
            plan=plan,
            vendor=part.vendor.key,
            connection=part.connection,
            road=part.road,
            state=State.HAND_OVER if part.is_by_hand else State.QUEUED,
            reviewed=[line.wording.text for line in part.lines],
            referral_code=referral.code if referral else "",
            referral_name=referral.name if referral else "",
        )
        if part.vendor.fingerprint:
            sending.fingerprint = part.vendor.fingerprint(
                outgoing.of_part(plan, part, our_id=sending.reference)
            )
            # Of two equal plans that are signed at once, the second must see the first.
            locks.until_the_end("signing", part.connection.pk)
            if not again and (twin := twin_of(sending, now)):
                raise NotReady(
                    [f"The same was sent to {part.vendor.label} at {sent_at(twin)}. Send again?"]
                )
        sendings.append(sending)
    # Only once no part can stop the signing any more: a row is sent by whoever finds it.
    for sending in sendings:
        sending.save()
    plan.sign(by, now, checks.of(plan.patient, parts).recorded(reasons))
    outcome.note(sendings[0], PatientEvent.Kind.PLAN, "Plan signed", "signed", now, by=by.name)
    return sendings


def twin_of(sending: Sending, now: dt.datetime) -> Sending | None:
    """An equal part of the same connection, signed within a day or not settled yet
    (WholeScripts reference 10.1, 10.7)."""
    fresh = Q(created_at__gte=now - AGAIN_WITHIN)
    unsettled = Q(state__in=[*Sending.OPEN, State.NEEDS_REVIEW])
    return (
        Sending.objects.filter(
            fresh | unsettled,
            practice_id=sending.practice_id,
            connection_id=sending.connection_id,
            fingerprint=sending.fingerprint,
        )
        .exclude(state=State.REFUSED)
        .first()
    )


def sent_at(sending: Sending) -> str:
    zone = sending.practice.zone
    return (
        (sending.settled_at or sending.created_at).astimezone(zone).strftime("%-I:%M %p on %b %-d")
    )
