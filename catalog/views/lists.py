"""The catalogue's list, and the first few products for a search box."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import formulary, readings, search
from practice.roles import allow, may

A_PAGE = 25
SUGGESTIONS = 12


@require_safe
@allow("see")
def product_list(request):
    """One list of both vendors' products; `?q=` searches it, live with htmx."""
    words = request.GET.get("q", "").strip()
    if words:
        ids = search.ids(request.practice, words)
    else:
        ids = search.offered(request.practice).order_by("name", "pk").values_list("pk", flat=True)
    page = Paginator(ids, A_PAGE).get_page(request.GET.get("page"))
    dispensaries = readings.of_dispensaries(request.practice)
    products = search.with_offers(request.practice, list(page))
    said = formulary.of(request.practice, [product.pk for product in products])
    for product in products:
        product.said = said.get(product.pk)
        product.cells = [
            (source.vendor, [o for o in product.offers if o.vendor == source.vendor.key])
            for source in dispensaries
        ]
    context = {
        "words": words,
        "page": page,
        "products": products,
        "dispensaries": dispensaries,
        "most": search.MOST,
        "reading": readings.of(request.practice),
        "can_ask": readings.can_ask(request.membership),
        "shows_wholesale": may(request.membership, "see_wholesale_prices"),
    }
    part = "#results" if request.htmx else ""
    return render(request, f"catalog/product_list.html{part}", context)


@require_safe
@allow("see")
def product_search(request):
    """The first few products for `?q=`, as links for a live search box."""
    found = search.find(request.practice, request.GET.get("q", ""), SUGGESTIONS)
    return render(request, "catalog/product_search.html", {"products": found})
