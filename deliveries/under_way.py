"""Why a patient's record cannot be merged right now: a courier is being booked."""

from deliveries import courier
from deliveries.models import Delivery

State = Delivery.State


def of_patients(patient_ids: list[int]) -> str | None:
    """Parcels still to be booked and those booked carry their own copy of name and address;
    only one whose booking is under way or of unknown outcome may not move."""
    held = Delivery.objects.filter(patient__in=patient_ids, state__in=Delivery.OPEN)
    states = list(
        held.order_by("pk").select_for_update(of=["self"]).values_list("state", flat=True)
    )
    if State.SENDING in states:
        return (
            f"A parcel of one of the two is being booked at {courier.LABEL} right now. "
            "Try again in a minute."
        )
    if State.UNKNOWN in states:
        return (
            f"It is not known yet whether {courier.LABEL} has a parcel of one of the two. "
            "Try again once its page says so."
        )
    return None
