"""The catalogue's list, and the first few products for a search box."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import facets, formulary, readings, search
from practice.roles import allow, may

A_PAGE = 25
SUGGESTIONS = 12
ORDERS = {search.PRICE: "Price of a day", search.STOCK: "Stock"}


@require_safe
@allow("see")
def product_list(request):
    """One list of all vendors' products. `?q=` searches it, live with htmx; `brand=` and the
    like narrow it, `sort=` orders it, `exact=1` takes what was typed word for word."""
    asked = _asked(request.GET)
    found = search.look_up(request.practice, asked)
    page = Paginator(found.ids, A_PAGE).get_page(request.GET.get("page"))
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
        "asked": asked,
        "found": found,
        "orders": ORDERS,
        "groups": facets.groups(asked.chosen, found.counts),
        "chips": facets.chips(asked.chosen, _besides(asked)),
        "page": page,
        "products": products,
        "dispensaries": dispensaries,
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


def _asked(query) -> search.Asked:
    order = query.get("sort", "")
    return search.Asked(
        text=search.typed(query.get("q", "")),
        chosen=facets.Chosen.of(query),
        order=order if order in ORDERS else search.RELEVANCE,
        as_typed=bool(query.get("exact")),
        counted=True,
    )


def _besides(asked: search.Asked) -> list[tuple[str, str]]:
    """What the address says besides the facets."""
    pairs = {"q": asked.text, "sort": asked.order if asked.order in ORDERS else ""}
    return [(name, value) for name, value in pairs.items() if value]
