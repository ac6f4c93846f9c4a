"""The names of a pill: the brand's, the generic one and the clinician's private label.

Which of them is printed on a packet is not documented, so a person sees all there are.
"""

from django.db.models import F, Subquery
from django.db.models.expressions import OuterRef

from practice.vendors.contract import Kind
from recommendations import edit
from recommendations.models import Plan


def with_names(found, plan: Plan, listing: str = ""):
    """`found`, each row with `.brand_name` and `.label_name` of the pill that it is or that it
    reaches by `listing` (such as `listing__`). By sub-queries: no statement more."""
    twins = edit.orderable(plan).filter(
        kind=Kind.PILL,
        retired_at__isnull=True,
        vendor=OuterRef(f"{listing}vendor"),
        sku=OuterRef(f"{listing}sku"),
    )
    labelled = twins.filter(is_private_label=True).exclude(name=F("generic_name"))
    branded = twins.filter(is_private_label=False)
    return found.annotate(
        brand_name=Subquery(branded.order_by("pk").values("name")[:1]),
        label_name=Subquery(labelled.order_by("pk").values("name")[:1]),
    )


def others(row) -> str:
    """What else a pill is called than its listing's name: `BIOTIN PLUS · private label Beauty`.
    Of a row of `with_names`."""
    listing = getattr(row, "listing", row)
    label = row.label_name
    names = {name.casefold(): name for name in (row.brand_name, listing.generic_name) if name}
    names.pop(listing.name.casefold(), None)
    if label and label.casefold() != listing.name.casefold():
        names[f"private label {label}"] = f"private label {label}"
    return " · ".join(names.values())
