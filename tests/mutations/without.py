"""A pytest plugin: runs tests without one guard, which the variable WITHOUT names.

Each stands for a mistake that a change could make: a check that answers as if all were well.
"""

import os
import uuid
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from practice import tenancy
from practice.vendors.contract import Verdict

NAME = "WITHOUT"


@dataclass(frozen=True)
class Guard:
    """`stands_at` is module:name, `instead` takes its place; `tests` may notice."""

    stands_at: str
    instead: Any
    tests: tuple[str, ...]


def always(answer):
    return lambda *args, **kwargs: answer


def kept_each_time(receipt):
    """As if a repeat were another event."""
    receipt.event_id = str(uuid.uuid4())
    with tenancy.unit(tenancy.EVERYTHING):
        receipt.save()
    return receipt.pk, receipt.state


def everybodys_plans(client, email, practitioner_email):
    """As if whoever sent them were the one who asks."""
    asked = ("recommendations", "/Recommendations/{email}", {"email": email})
    return tuple(client._recommendations(*asked))


def sent_again_by_itself(sending, now):
    """As if nothing had arrived."""
    import_module("recommendations.outcome").wait(sending, now, None)


GUARDS = {
    "vendors' HTML is cut down to an allow-list": Guard(
        "catalog.templatetags.catalogue:CLEANER",
        SimpleNamespace(clean=lambda html: html),
        ("tests/catalog/test_vendor_html.py",),
    ),
    "a webhook is signed": Guard(
        "practice.vendors.signature:verify",
        always(Verdict.GENUINE),
        ("tests/hooks/test_front_door.py",),
    ),
    "an event is applied once": Guard(
        "practice.models:Receipt.objects.take_in",
        kept_each_time,
        ("tests/hooks/test_inbox.py",),
    ),
    "a consent was begun in this browser": Guard(
        "practice.consent:_hash", always("0" * 64), ("tests/practice/test_connect.py",)
    ),
    "a form carries a token": Guard(
        "django.middleware.csrf:CsrfViewMiddleware.process_view",
        always(None),
        ("tests/practice/test_presence.py",),
    ),
    "a role may do what it does": Guard(
        "practice.roles:may", always(True), ("tests/practice/test_roles.py",)
    ),
    "a practitioner sees their own patients": Guard(
        "practice.covering:is_restricted", always(False), ("tests/practice/test_own_patients.py",)
    ),
    "a second step is asked for": Guard(
        "practice.second_step_rule:is_owed", always(False), ("tests/practice/test_second_step.py",)
    ),
    "a session ends": Guard(
        "practice.presence:why_over", always(""), ("tests/practice/test_presence.py",)
    ),
    "who asks too often is held up": Guard(
        "practice.limits:hit", always(0), ("tests/practice/test_limits.py",)
    ),
    "who sees as a member only looks": Guard(
        "practice.support:reaches", always(True), ("tests/practice/test_support.py",)
    ),
    "an owner is left": Guard(
        "practice.members:keep_an_owner", always(None), ("tests/practice/test_members.py",)
    ),
    "a secret opens at its own place": Guard(
        "practice.sealing:_place", always(b"anywhere"), ("tests/practice/test_sealing.py",)
    ),
    "a body is of a bounded length": Guard(
        "practice.uploads:_length", always(0), ("tests/test_uploads.py",)
    ),
    "a deed of the staff's finds the rows unchanged": Guard(
        "practice.admin.confirm:_unchanged",
        lambda rows, deed, asked: len(asked),
        ("tests/practice/test_staff_desk.py",),
    ),
    "what may have arrived is not sent again by itself": Guard(
        "recommendations.outcome:lose_sight",
        sent_again_by_itself,
        ("tests/recommendations/test_send.py",),
    ),
    "a plan there is the clinician's own": Guard(
        "recommendations.hand_over:is_by",
        always(None),
        ("tests/recommendations/test_hand_over.py",),
    ),
    "a plan there is the patient's": Guard(
        "recommendations.hand_over:is_for",
        always(None),
        ("tests/recommendations/test_hand_over.py",),
    ),
    "other practitioners' plans are dropped": Guard(
        "practice.vendors.wholescripts.recommendations:Recommendations.recommendations",
        everybodys_plans,
        ("tests/vendors/test_wholescripts_client.py",),
    ),
    "a file is what its bytes say": Guard(
        "practice.vendors.fetch:kind_of", always("image/png"), ("tests/vendors/test_fetch.py",)
    ),
    "no file is fetched from an inner address": Guard(
        "practice.vendors.fetch:is_public", always(True), ("tests/vendors/test_fetch.py",)
    ),
}


def pytest_sessionstart(session):
    guard = GUARDS[os.environ[NAME]]
    module, _, path = guard.stands_at.partition(":")
    *owners, name = path.split(".")
    owner = import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    if not hasattr(owner, name):
        raise AttributeError(guard.stands_at)
    setattr(owner, name, guard.instead)
