"""The practice's formulary, and each member's favourites."""

import csv

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import formulary, search
from catalog.forms import StandingForm
from catalog.models import FormularyEntry, Product, Standing
from practice import audit
from practice.audit_export import safe
from practice.roles import allow

A_PAGE = 50
FAVOURITES = 200
SHOWS = {"": "All", **{one.value: one.label for one in Standing}}
HEAD = ("Product", "Brand", "Size", "Standing", "Reason", "Decided by", "Decided at (UTC)")


@require_safe
@allow("see")
def formulary_list(request):
    """What the practice says of products; `?q=` searches it, `?show=` takes one standing."""
    words, show = _asked(request)
    page = Paginator(formulary.find(request.practice, words, show), A_PAGE)
    context = {
        "page": page.get_page(request.GET.get("page")),
        "words": words,
        "show": show,
        "shows": SHOWS.items(),
        "may_edit": request.membership.may("edit_formulary"),
    }
    return render(request, "catalog/formulary_list.html", context)


@require_safe
@allow("see")
def formulary_export(request):
    """What the list shows, as CSV."""
    rows = list(formulary.find(request.practice, *_asked(request)))
    audit.shown(request, audit.Action.EXPORTED, kind="catalog:formulary-list", entries=len(rows))
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    day = timezone.localdate(timezone=request.practice.zone)
    name = f"formulary-{request.practice.slug}-{day.isoformat()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    file = csv.writer(answer)
    file.writerow(HEAD)
    for row in rows:
        of = row.product
        told = (row.get_standing_display(), row.reason, row.decided_by.name)
        at = row.decided_at.isoformat(timespec="seconds")
        file.writerow(map(safe, (of.name, of.brand, of.size, *told, at)))
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@allow("edit_formulary")
def formulary_edit(request, pk):
    """What the practice says of one product, and everything it said before."""
    product = _product(request, pk)
    history = formulary.history(request.practice, product)
    current = history[0] if history else None
    initial = {
        "standing": current.standing if current else Standing.NONE,
        "reason": current.reason if current else "",
    }
    form = StandingForm(request.POST or None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        entry = formulary.decide(
            product,
            given["standing"],
            given["reason"],
            by=request.membership,
            now=timezone.now(),
        )
        messages.success(request, _told(entry))
        return redirect("catalog:product-detail", request.practice.slug, pk)
    context = {"product": product, "form": form, "history": history}
    return render(
        request, "catalog/formulary_edit.html", context, status=422 if form.errors else 200
    )


@require_POST
@allow("edit_formulary")
def formulary_undo(request, entry_id):
    """Decides again what stood before."""
    entries = FormularyEntry.objects.for_practice(request.practice).select_related("product")
    entry = get_object_or_404(entries, pk=entry_id)
    try:
        entry = formulary.undo(entry, by=request.membership, now=timezone.now())
    except formulary.Overtaken:
        messages.warning(request, "This was changed meanwhile. What stands now is shown below.")
    else:
        messages.success(request, f"Undone. {_told(entry)}")
    return redirect("catalog:product-detail", request.practice.slug, entry.product_id)


@require_safe
@allow("see")
def favourite_list(request):
    """The products that the member starred, the last first, with their offers."""
    ids = list(formulary.starred(request.membership)[:FAVOURITES])
    products = [one for one in search.with_offers(request.practice, ids) if one.offers]
    said = formulary.of(request.practice, ids)
    for product in products:
        product.said, product.is_favourite = said.get(product.pk), True
    context = {
        "products": products,
        "may_star": request.membership.may("draft_plans"),
        "shows_wholesale": request.membership.may("see_wholesale_prices"),
    }
    return render(request, "catalog/favourite_list.html", context)


@require_POST
@allow("draft_plans")
def favourite_set(request, pk):
    """Stars a product for this member, or takes the star away: `starred` is on or off."""
    product = _product(request, pk)
    product.is_favourite = request.POST.get("starred") == "on"
    formulary.star(product, request.membership, wanted=product.is_favourite)
    if request.htmx:
        return render(request, "catalog/_star.html", {"product": product})
    told = "Added to your favourites." if product.is_favourite else "No longer a favourite."
    messages.success(request, told)
    return redirect("catalog:product-detail", request.practice.slug, pk)


def _asked(request) -> tuple[str, str]:
    show = request.GET.get("show", "")
    if show not in SHOWS:
        raise Http404("No such standing.")
    return search.typed(request.GET.get("q", "")), show


def _product(request, pk) -> Product:
    """One that the practice sees, be it still on offer or not."""
    seen = Product.objects.seen_by(request.practice)
    return get_object_or_404(seen, pk=pk)


def _told(entry: FormularyEntry) -> str:
    if entry.standing == Standing.NONE:
        return "The formulary says nothing of this product now."
    reason = f": {entry.reason}" if entry.reason else "."
    return f"In the formulary as “{entry.get_standing_display()}”{reason}"
