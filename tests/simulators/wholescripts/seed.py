"""What WholeScripts holds at the start: people, and nothing sent yet."""

from tests.simulators.wholescripts import people


def start(world) -> dict:
    """The store. `stock` overrides the catalogue's quantities by SKU."""
    return {
        "practitioners": people.practitioners(),
        "patients": people.patients(),
        "referral_codes": people.referral_codes(),
        "codes": {},
        "access": {},
        "refresh": {},
        "recommendations": [],
        "stock": {},
        "counts": {"unsafe_token_get": 0},
    }
