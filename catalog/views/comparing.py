"""Products side by side. Which ones stands in the address, so that it can be shared."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import compare, formulary, readings, search
from practice.roles import allow

FOUND = 8


@require_safe
@allow("see")
def product_compare(request):
    """`?p=` names each product, four at most; `?q=` finds another, `?show=differences`
    leaves out what is the same."""
    asked = list(dict.fromkeys(filter(_is_id, request.GET.getlist("p"))))
    wanted = [int(number) for number in asked[: compare.MOST]]
    columns = compare.columns(request.practice, wanted)
    products = [column.product for column in columns]
    said = formulary.of(request.practice, [product.pk for product in products])
    for product in products:
        product.said = said.get(product.pk)
        product.address = _address(one.pk for one in products if one != product)
    query = search.typed(request.GET.get("q", ""))
    found = search.find(request.practice, query, FOUND) if query else []
    for product in found:
        product.address = _address([*(one.pk for one in products), product.pk])
    context = {
        "columns": columns,
        "sections": compare.sections(columns) if columns else [],
        "shops": _shops(request.practice, products),
        "too_many": len(asked) > compare.MOST,
        "may_add": len(products) < compare.MOST,
        "words": query,
        "found": [product for product in found if product.pk not in wanted],
        "differences": request.GET.get("show") == "differences",
        "shows_wholesale": request.membership.may("see_wholesale_prices"),
    }
    return render(request, "catalog/product_compare.html", context)


def _shops(practice, products):
    """[(vendor, its offers of each product)], of vendors that offer any."""
    shops = [
        (source.vendor, [[o for o in p.offers if o.vendor == source.vendor.key] for p in products])
        for source in readings.of_dispensaries(practice)
    ]
    return [(vendor, cells) for vendor, cells in shops if any(cells)]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _address(ids) -> str:
    """The query of the page with these products."""
    return "?" + "&".join(f"p={pk}" for pk in ids)
