"""Which of a vendor's worlds we work in: its region, and whether it is for trying out only."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from practice.vendors import registry


@dataclass(frozen=True)
class World:
    region: str
    is_sandbox: bool

    def __str__(self):
        return f"{self.region}, sandbox" if self.is_sandbox else self.region


def of(vendor_key: str, environment: str = "") -> World | None:
    """The world called `environment`, by default the one we work in; None where the vendor
    has but one."""
    known = registry.VENDORS[vendor_key].environments
    if not known:
        return None
    name = environment or settings.VENDOR_ENVIRONMENTS[vendor_key]
    region, is_sandbox = known.get(name, (name, False))
    return World(region, is_sandbox)
