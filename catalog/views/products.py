"""One product with its offers."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog import beside, files, formulary, search, tasks, twins
from catalog.models import Listing
from practice.roles import allow, may
from practice.tasking import nudge


@require_safe
@allow("see")
def product_detail(request, pk):
    found = search.with_offers(request.practice, [pk])
    if not found or not found[0].offers:
        raise Http404("No such product.")
    product = found[0]
    whole = Listing.objects.seen_by(request.practice).only(
        "description_html", "facts_html", "facts"
    )
    texts = whole.in_bulk([offer.pk for offer in product.offers])
    pills = twins.pills_of(request.practice, product.offers)
    held = files.of(request.practice, product.offers, timezone.now())
    for offer in product.offers:
        offer.held = held.get(offer.pk)
        if offer.held and offer.held.is_due:
            nudge(tasks.fetch_files, None, offer.pk)
        offer.text, offer.pill = texts[offer.pk], pills.get(offer.pk)
    product.said = formulary.of(request.practice, [pk]).get(pk)
    product.is_favourite = formulary.starred(request.membership).filter(product=pk).exists()
    context = {
        "product": product,
        "sizes": twins.other_sizes(request.practice, product),
        "actions": beside.actions(request, product),
        "panels": beside.panels(request, product),
        "may_star": may(request.membership, "draft_plans"),
        "may_edit_formulary": may(request.membership, "edit_formulary"),
        "shows_wholesale": may(request.membership, "see_wholesale_prices"),
    }
    return render(request, "catalog/product_detail.html", context)
