"""Opening a practice: whoever does so becomes its owner."""

from __future__ import annotations

from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify

from practice import tenancy
from practice.models import Membership, Practice
from practice.models.members import RESERVED_SLUGS
from practice.roles import Role

LONGEST_SLUG = 50
TRIES = 20


def slugs(name: str):
    """Addresses for a practice called `name`, the plainest first. None is reserved."""
    plain = slugify(name)[:LONGEST_SLUG].strip("-") or "practice"
    if plain not in RESERVED_SLUGS:
        yield plain
    for number in range(2, TRIES + 2):
        yield f"{plain}-{number}"


def practice(user, *, name: str, time_zone: str, own_name: str, is_clinician: bool) -> Membership:
    """A new practice with `user` as its owner. Two of one name get addresses of their own, also
    when they are opened at once."""
    for slug in slugs(name):
        # The id comes first: the practice's rows open for nobody else but this one.
        pk = _next_id()
        new = Practice(pk=pk, name=name, slug=slug, time_zone=time_zone)
        with tenancy.unit(tenancy.of_practice(pk, user.pk)):
            try:
                with transaction.atomic():
                    new.save(force_insert=True)
            except IntegrityError:
                continue
            return Membership.objects.create(
                practice=new,
                user=user,
                role=Role.OWNER,
                name=own_name,
                is_clinician=is_clinician,
            )
    raise RuntimeError("no address is free for this name")


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('practice_practice', 'id'))")
        return cursor.fetchone()[0]
