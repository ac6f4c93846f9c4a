"""Showing a proof of delivery to members of the practice."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from deliveries.models import Proof
from practice import audit
from practice.roles import allow


@require_GET
@allow("see")
def proof_show(request, pk, kind):
    """The image itself: of no other type than its bytes were found to be."""
    ours = Proof.objects.for_practice(request.practice).filter(fetched_at__isnull=False)
    proof = get_object_or_404(ours.select_related("delivery"), delivery_id=pk, kind=kind)
    audit.seen(request, proof, patient_id=proof.delivery.patient_id)
    answer = HttpResponse(proof.content(), content_type=proof.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
