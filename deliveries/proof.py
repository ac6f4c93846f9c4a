"""Fetching a photograph or signature, once, and keeping it sealed (ScriptRun reference 7.8).

A download that fails never holds up a delivery.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import F

from deliveries import courier
from deliveries.models import Proof
from practice import tenancy
from practice.vendors.contract import Unavailable, VendorError

FIRST_WAIT = 30  # seconds, doubled with every attempt


def fetch(proof_id: int, now: dt.datetime) -> None:
    """Fetches one image unless it is here, given up or held by another worker."""
    lease = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
    with tenancy.unit():
        claimed = (
            Proof.objects.to_fetch(now)
            .filter(pk=proof_id)
            .update(lease_until=lease, attempts=F("attempts") + 1)
        )
        if not claimed:
            return
        proof = Proof.objects.get(pk=proof_id)
    try:
        image = courier.fetch_proof(proof.url)
    except Unavailable as error:
        wait = dt.timedelta(seconds=FIRST_WAIT * 2 ** (proof.attempts - 1))
        with tenancy.unit():
            proof.try_later(error.message, now + wait)
    except VendorError as error:
        with tenancy.unit():
            proof.give_up(error.message)
    else:
        with tenancy.unit():
            proof.keep(image.content, image.content_type, now)
