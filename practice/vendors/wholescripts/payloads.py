"""WholeScripts' JSON, read into the contract's dataclasses and written from them.

Requests are PascalCase, answers camelCase, referral fields snake_case (WholeScripts
reference 3): reading ignores case, writing does not.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from urllib.parse import urlsplit

from practice.vendors import reading, words
from practice.vendors.contract import (
    NOTHING_MORE,
    Allowed,
    HeldPlan,
    OutgoingPlan,
    PatientRow,
    PlanLine,
    PlanPill,
    ReferralCode,
    Term,
)
from practice.vendors.wholescripts import dosing, items, vocabulary
from practice.vendors.wholescripts.fingerprint import fingerprint

# Marks a business failure that came with an error status; never shown.
SAID_NO = ("success: false",)

_REFERENCE = re.compile(r"\bRef\. ([0-9A-Z]{4}-[0-9A-Z]{3})\b")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def folded(value):
    """`value` with every key in lower case."""
    return reading.rekeyed(value, str.lower)


def error(body: bytes) -> tuple[str, tuple[str, ...]]:
    """(`msg`, `SAID_NO`) of an error body with `success: false`; otherwise nothing: what
    else stands in an error body is not shown (5)."""
    try:
        found = folded(reading.mapping(reading.load(body)))
    except ValueError:
        return "", ()
    if found.get("success") is not False:
        return "", ()
    return reading.text(found.get("msg"))[:1000], SAID_NO


def referral_code(found: dict) -> ReferralCode:
    row = folded(found)
    return ReferralCode(
        code=reading.text(row.get("ref_code")),
        name=reading.text(row.get("ref_name")),
        discount_percent=reading.number(row.get("discount")) or Decimal(0),
        access_level=reading.text(row.get("access_level")),
    )


def patient(found: dict) -> PatientRow:
    """A patient there. They have no id: the e-mail address identifies them."""
    row = folded(found)
    email = reading.text(row.get("email"))
    return PatientRow(
        id=email.lower(),
        first_name=reading.text(row.get("firstname")),
        last_name=reading.text(row.get("lastname")),
        email=email,
    )


def same_email(one: str, other: str) -> bool:
    return bool(one.strip()) and one.strip().lower() == other.strip().lower()


def write_plan(plan: OutgoingPlan) -> dict:
    """The body that sends `plan` (9.1): every key, exact case, `SendEmail` always said."""
    return {
        "PractitionerEmail": plan.practitioner_email,
        "EmailTo": plan.patient.email,
        "PatientFirstName": plan.patient.first_name,
        "PatientLastName": plan.patient.last_name,
        "Notes": notes(plan),
        "ref_code": plan.referral.code if plan.referral else "",
        "ref_name": plan.referral.name if plan.referral else "",
        "Items": [items.write(line).item for line in plan.lines],
        "SendEmail": plan.notify_patient,
    }


def notes(plan: OutgoingPlan) -> str:
    """The message as the patient will read it, the plan's reference at its end (10)."""
    behind = f"Ref. {plan.reference}" if plan.reference else ""
    return f"{plan.message.rstrip()} {behind}".strip() if behind else plan.message


def plan_fingerprint(plan: OutgoingPlan) -> str:
    """The fingerprint `plan` will have at WholeScripts."""
    return fingerprint(write_plan(plan))


def problems(plan: OutgoingPlan) -> tuple[str, ...]:
    """Why `plan` cannot be sent, in a clinician's words; () when it can."""
    found = []
    for label, text, limit in (
        ("The connected practitioner's e-mail", plan.practitioner_email, vocabulary.MAX_EMAIL),
        ("The patient's e-mail", plan.patient.email, vocabulary.MAX_EMAIL),
        ("The patient's first name", plan.patient.first_name, vocabulary.MAX_NAME),
        ("The patient's last name", plan.patient.last_name, vocabulary.MAX_NAME),
    ):
        if not text.strip():
            found.append(f"{label} is missing: WholeScripts needs it.")
        elif "e-mail" in label and not _EMAIL.fullmatch(text):
            found.append(f"{label} is not an e-mail address.")
        found += items.text_problems(label, text, limit)
    told = "The message, with the plan's reference behind it" if plan.reference else "The message"
    found += items.text_problems(told, notes(plan), vocabulary.MAX_MESSAGE)
    if plan.referral and not (plan.referral.code and plan.referral.name):
        found.append("A referral code is sent together with its name.")
    if plan.referral:
        for text in (plan.referral.code, plan.referral.name):
            found += items.text_problems("The referral code", text, vocabulary.MAX_REFERRAL)
    if not plan.lines:
        found.append("The plan has no line for WholeScripts.")
    if len(plan.lines) > vocabulary.MAX_ITEMS:
        found.append(f"At most {vocabulary.MAX_ITEMS} lines can be sent at once.")
    for position, line in enumerate(plan.lines, start=1):
        called = line.called(position)
        found += [f"{called}: {problem}" for problem in items.wording(line).problems]
    return tuple(found)


def held_plan(found: dict, allowed: Allowed = NOTHING_MORE) -> HeldPlan:
    """An entry of a recommendations list (9.3)."""
    entry = folded(found)
    status = reading.text(entry.get("status"))
    references = _REFERENCE.findall(reading.text(entry.get("notes")))
    return HeldPlan(
        id=reading.text(entry.get("id")),
        state=vocabulary.STATES.get(status, "unknown"),
        raw_state=status,
        patient_id=reading.text(entry.get("emailto")).lower(),
        lines=tuple(_line(item, allowed) for item in reading.mappings(entry.get("items"))),
        patient_email=reading.text(entry.get("emailto")),
        practitioner_email=reading.text(entry.get("practitioneremail")),
        sent_at=reading.instant(entry.get("datesentutc")),
        fingerprint=fingerprint(found),
        reference=references[-1] if references else "",
        patient_name=words.sentences(
            reading.text(entry.get("patientfirstname")), reading.text(entry.get("patientlastname"))
        ),
        raw=reading.plain(found),
    )


def _line(item: dict, allowed: Allowed) -> PlanLine:
    text = reading.text(item.get("dosing"))
    doses = dosing.doses(text, allowed)
    length = reading.text(item.get("itemduration"))
    days = "28" if length == vocabulary.FOUR_WEEKS else allowed.meaning(Term.DURATION, length)
    pills = [_pill(found, allowed) for found in reading.mappings(item.get("medpaxpills"))]
    odd = [pill for pill in pills if isinstance(pill, str)]
    packed = [
        words.sentences(
            f"{reading.text(pill.get('quantity'))} ×",
            reading.text(pill.get("name")) or reading.text(pill.get("sku")),
            reading.text(pill.get("itemtime")),
        )
        for pill in reading.mappings(item.get("medpaxpills"))
    ]
    if not days and length not in ("", vocabulary.ONGOING, vocabulary.AS_NEEDED):
        odd.append(f"Duration: {length}.")
    return PlanLine(
        sku=reading.text(item.get("sku")),
        units=reading.whole(item.get("quantity")) or 1,
        doses=doses or (),
        sig=text if doses is None else "",
        duration_days=int(days) if days else None,
        as_needed=length == vocabulary.AS_NEEDED,
        notes=words.sentences(reading.text(item.get("notes")), *odd),
        pack_name=reading.text(item.get("medpaxname")),
        pills=tuple(pill for pill in pills if isinstance(pill, PlanPill)),
        reads=", ".join(filter(None, (*packed, text, length))),
        name=reading.text(item.get("name")) or reading.text(item.get("medpaxname")),
    )


def _pill(found: dict, allowed: Allowed) -> PlanPill | str:
    """The pill, or its words where its time or quantity has no meaning of ours."""
    sku, word = reading.text(found.get("sku")), reading.text(found.get("itemtime"))
    quantity = reading.whole(found.get("quantity"))
    time = dosing.time(word, allowed, Term.PACKET)
    if time and quantity is not None and quantity > 0:
        return PlanPill(sku, quantity, *time)
    return f"In the pack: {reading.text(found.get('quantity'))} × {sku} {word}."


def link(value, origins: Collection[str]) -> str:
    """A patient link that may be shown: it leads to a known place; '' otherwise (9.2)."""
    found = reading.address(value)
    parts = urlsplit(found)
    return found if f"{parts.scheme}://{parts.netloc}" in origins else ""
