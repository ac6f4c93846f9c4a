"""Pictures and data sheets of offers."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog import files
from catalog.models import Listing, ListingFile
from practice.roles import allow


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
