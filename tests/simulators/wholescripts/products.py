"""The catalogue (reference section 6), for the EMR's Basic account."""

import base64

from django.http import JsonResponse

from tests.simulators import catalogue, world
from tests.simulators.catalogue import pictures
from tests.simulators.wholescripts import access, answers
from tests.simulators.wholescripts.shelf import listed, shelf

SEARCHED = ("productName", "descriptionShort", "descriptionFull", "brand", "categories", "sku")


@access.basic("GET")
def brands(request):
    return answers.listing(list(shelf(world.current()).brands))


@access.basic("GET")
def categories(request):
    return answers.listing(catalogue.wholescripts_categories())


@access.basic("GET")
def product_list(request):
    """All rows at once; `search`, `instockonly` and `brandname` narrow them."""
    here = world.current()
    search = request.GET.get("search", "").strip().lower()
    brand = request.GET.get("brandname", "").strip().lower()
    in_stock_only = request.GET.get("instockonly", "").lower() == "true"
    rows = []
    for row in shelf(here).rows:
        if search and not any(search in (row[key] or "").lower() for key in SEARCHED):
            continue
        if brand and row["brand"].lower() != brand:
            continue
        shown = listed(here, row)
        if not (in_stock_only and shown["quantity"] <= 0):
            rows.append(shown)
    if answers.knob("catalogue_cut"):
        rows = rows[: len(rows) // 10]
    if answers.knob("blank_sku_row") and rows:
        rows.append(rows[0] | {"sku": "", "productName": "Row without a SKU"})
    return answers.listing(rows)


@access.basic("GET")
def product(request, sku):
    """One product, as an object or as a list of one."""
    here = world.current()
    as_list = answers.knob("product_single_shape") == "array"
    row = shelf(here).by_sku.get(sku)
    if row is not None:
        shown = listed(here, row)
        return JsonResponse([shown] if as_list else shown, safe=False)
    style = answers.knob("not_found_style")
    if style == "404":
        return answers.not_found()
    if style == "success_false":
        return answers.envelope({}, success=False, msg="Product not found")
    return JsonResponse([] if as_list else None, safe=False)


@access.basic("GET")
def image(request, sku):
    return _file(sku, "image/png", pictures.png)


@access.basic("GET")
def drs(request, sku):
    return _file(sku, "application/pdf", lambda text: pictures.pdf(f"Product sheet {text}"))


def _file(sku, mime_type, make) -> JsonResponse:
    """Both fields null where there is no file (reference section 5)."""
    row = shelf(world.current()).by_sku.get(sku)
    if row is None:
        return JsonResponse({"mimeType": None, "fileBytes": None})
    content = make(row["productName"])
    as_ints = answers.knob("file_bytes") == "ints"
    shown = list(content) if as_ints else base64.b64encode(content).decode()
    return JsonResponse({"mimeType": mime_type, "fileBytes": shown})
