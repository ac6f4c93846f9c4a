"""Whose patient it is at vendors that know each by one practitioner (WholeScripts reference 7.2).

Asked before a plan is signed, again before it is sent, and when the vendor refuses it. Vendors
are called here, so nothing runs inside a unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from practice import connect
from practice.models import Connection
from practice.vendors.contract import PatientStanding, ReferralCode, Refused, VendorError
from recommendations.models import Sending
from recommendations.outgoing import Part

ELSEWHERE = "This patient cannot be linked. Ask the patient to contact {label}."
UNEXPLAINED = "{label} refused it, and did not say anything that may be kept."
# Of a part that is held back: nothing was sent.
CODE_WANTED = "The patient is new at {label}, and no referral code was chosen. It was not sent."
NO_CODE = "Choose one of your referral codes for the patient's new account at {label}."


def before_signing(
    parts: Iterable[Part], chosen: Mapping[str, str]
) -> tuple[list[str], dict[str, ReferralCode]]:
    """(why it cannot be signed, the referral code of each vendor that needs one).

    `chosen` holds `code|name` by vendor key, as a form sent it: only the practitioner's own
    codes count, and only for a patient who is new there. A vendor that does not answer is
    asked again before anything is sent.
    """
    problems, referrals = [], {}
    for part in parts:
        if not part.vendor.can_refuse_patient or part.problems:
            continue
        key, label, given = part.vendor.key, part.vendor.label, chosen.get(part.vendor.key, "")
        try:
            standing, codes = there(part.connection, part.patient.email)
        except VendorError:
            if given:
                code, _, name = given.partition("|")
                referrals[key] = ReferralCode(code[:48], name[:48], 0)
            continue
        if standing == PatientStanding.ELSEWHERE:
            problems.append(ELSEWHERE.format(label=label))
        elif codes:
            if code := chosen_of(codes, given):
                referrals[key] = code
            else:
                problems.append(NO_CODE.format(label=label))
    return problems, referrals


def there(connection: Connection, email: str) -> tuple[PatientStanding, tuple[ReferralCode, ...]]:
    """What the vendor says of the patient, and the codes that a new one is given one of."""
    return connect.call(connection, lambda client: asked_of(client, email))


def asked_of(client, email: str) -> tuple[PatientStanding, tuple[ReferralCode, ...]]:
    standing, _ = client.patient_standing(email)
    return standing, client.referral_codes() if standing == PatientStanding.NEW else ()


def chosen_of(codes: Iterable[ReferralCode], given: str) -> ReferralCode | None:
    """The one that a form's `code|name` means; None for any that is not among `codes`."""
    return next((code for code in codes if f"{code.code}|{code.name}" == given), None)


def why_refused(sending: Sending, email: str, refusal: Refused) -> tuple[str, tuple[str, ...]]:
    """The vendor's words for a refusal, unless they are of whose patient it is: those are not
    kept. Which they are is asked, not read from them."""
    if not sending.spec.can_refuse_patient:
        return refusal.message, refusal.details
    try:
        standing, _ = connect.call(
            sending.connection, lambda client: client.patient_standing(email)
        )
    except VendorError:
        return UNEXPLAINED.format(label=sending.label), ()
    if standing == PatientStanding.ELSEWHERE:
        return ELSEWHERE.format(label=sending.label), ()
    return refusal.message, refusal.details
