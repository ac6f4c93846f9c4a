"""From a product of the catalogue to one of the open drafts."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog import formulary, search
from practice import audit
from practice.roles import allow
from recommendations import drafting

SHOWN = 50


@require_GET
@allow("draft_plans")
def product_add(request, product_id):
    """The member's open drafts, each with a button for every offer of one product."""
    found = search.with_offers(request.practice, [product_id])
    if not found or not found[0].offers:
        raise Http404("No such product.")
    product = found[0]
    drafts = list(
        drafting.open_to(request.membership).select_related("patient", "clinician")[:SHOWN]
    )
    audit.listed(request, "recommendations:product-add", [plan.patient_id for plan in drafts])
    context = {
        "product": product,
        "said": formulary.of(request.practice, [product.pk]).get(product.pk),
        "rows": drafting.choices(request.practice, drafts, product.offers),
    }
    return render(request, "recommendations/product_add.html", context)
