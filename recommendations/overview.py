"""Plans as lists show them."""

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from recommendations.models import Pack, PlanItem


def with_counts(plans):
    """Plans with `line_count` and `pack_count`, their patients, clinicians and sendings."""
    return (
        plans.select_related("patient", "clinician")
        .annotate(line_count=_count(PlanItem), pack_count=_count(Pack))
        .prefetch_related("sendings")
    )


def _count(model):
    """How many rows of `model` a plan has, as a sub-query: joins would multiply them."""
    rows = model.objects.filter(practice=OuterRef("practice"), plan=OuterRef("pk")).order_by()
    counted = rows.values("plan").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)
