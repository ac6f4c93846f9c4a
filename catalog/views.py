"""The catalogue's pages."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog import files, readings, search, tasks
from catalog.models import Listing, ListingFile
from practice.roles import allow, may
from practice.tasking import nudge

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
    for product in products:
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


@require_safe
@allow("see")
def product_detail(request, pk):
    found = search.with_offers(request.practice, [pk])
    if not found or not found[0].offers:
        raise Http404("No such product.")
    product = found[0]
    full = {
        listing.pk: listing
        for listing in Listing.objects.seen_by(request.practice)
        .filter(pk__in=[offer.pk for offer in product.offers])
        .only("description_html", "facts_html")
    }
    pills = {
        (pill.vendor, pill.sku): pill
        for pill in Listing.objects.seen_by(request.practice)
        .pills()
        .filter(sku__in=[offer.pill_sku for offer in product.offers if offer.pill_sku])
        .defer(*search.BULKY)
        .order_by("practice")
    }
    held = files.of(request.practice, product.offers, timezone.now())
    for offer in product.offers:
        offer.held = held.get(offer.pk)
        if offer.held and offer.held.is_due:
            nudge(tasks.fetch_files, None, offer.pk)
        offer.description = full[offer.pk].description_html
        offer.facts = full[offer.pk].facts_html
        offer.pill = pills.get((offer.vendor, offer.pill_sku))
    context = {
        "product": product,
        "shows_wholesale": may(request.membership, "see_wholesale_prices"),
    }
    return render(request, "catalog/product_detail.html", context)


@require_safe
@allow("see")
def product_files(request, listing_id):
    """The picture and the data sheet of one offer. Asks for itself until both were answered."""
    listings = Listing.objects.seen_by(request.practice).only(
        "practice_id", "connection_id", "vendor", "name"
    )
    offer = get_object_or_404(listings, pk=listing_id)
    offer.held = files.of(request.practice, [offer], timezone.now()).get(offer.pk)
    return render(request, "catalog/_product_files.html", {"offer": offer})


@require_safe
@allow("see")
def product_file(request, file_id):
    """A picture or a data sheet as it was fetched, of no other type than its bytes are."""
    rows = ListingFile.objects.seen_by(request.practice).here().select_related("listing")
    found = get_object_or_404(rows, pk=file_id)
    ending = found.content_type.rpartition("/")[2]
    answer = HttpResponse(bytes(found.content), content_type=found.content_type)
    answer["Content-Disposition"] = f'inline; filename="{found.kind}-{found.pk}.{ending}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=86400"
    answer["Content-Security-Policy"] = (
        "default-src 'none'; object-src 'self'; frame-ancestors 'none'"
    )
    return answer


@require_safe
@allow("see")
def sync_progress(request):
    """How far each list is read. Asks for itself every second while one is open."""
    reading = readings.of(request.practice)
    context = {"reading": reading, "says_empty": True}
    response = render(request, "catalog/_sync_progress.html", context)
    if request.htmx and not reading.is_open:
        # The list below waits for this to show what has come.
        response["HX-Trigger"] = "catalogue-read"
    return response


@require_POST
@allow("connect_own_account")
def sync_request(request):
    """Reads the lists of the member's own accounts again."""
    runs = [
        run
        for connection in readings.own(request.membership).select_related("practice")
        for run in tasks.ask(connection)
    ]
    if any(run.is_open for run in runs):
        messages.success(request, "The catalogues are being read again.")
    elif runs:
        messages.info(request, "The catalogue was read within the hour. It is up to date.")
    else:
        messages.warning(request, "You have no connected account whose catalogue can be read.")
    return redirect("catalog:product-list", request.practice.slug)
