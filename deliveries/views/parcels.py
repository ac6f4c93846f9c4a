"""The list of parcels, one parcel, and booking one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from deliveries import book, courier, journey
from deliveries.forms import AgainForm, BookForm, ThereForm
from deliveries.models import Delivery
from practice import audit
from practice.ids import row_id
from practice.models import Patient
from practice.roles import allow
from recommendations.models import Plan

PER_PAGE = 50
State = Delivery.State
FOR_A_PERSON = Q(state=State.NEEDS_REVIEW) | ~Q(review_reason="")
FILTERS = {
    "all": ("All", Q()),
    "open": ("Open", Q(state__in=Delivery.OPEN)),
    "review": ("To look at", FOR_A_PERSON),
    "delivered": ("Delivered", Q(state=State.DELIVERED)),
    "ended": ("Failed or rejected", Q(state__in=[State.FAILED, State.REJECTED])),
}


@require_GET
@allow("see")
def delivery_list(request):
    ours = Delivery.objects.for_practice(request.practice)
    show = request.GET.get("show") if request.GET.get("show") in FILTERS else "all"
    counts = ours.aggregate(
        **{key: Count("pk", filter=where) for key, (_, where) in FILTERS.items()}
    )
    found = ours.filter(FILTERS[show][1]).select_related("patient").most_pressing_first()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    audit.listed(request, "deliveries:delivery-list", [delivery.patient_id for delivery in page])
    today = timezone.localdate(timezone=request.practice.zone)
    context = {
        "page": page,
        "rows": [(delivery, delivery.is_overdue(today)) for delivery in page],
        "filters": [(key, label, counts[key]) for key, (label, _) in FILTERS.items()],
        "show": show,
        "counts": counts,
        "account": courier.account_of(request.practice),
        "courier": courier.LABEL,
    }
    return render(request, "deliveries/delivery_list.html", context)


@require_GET
@allow("see")
def delivery_detail(request, pk):
    ours = Delivery.objects.for_practice(request.practice).select_related("patient", "booked_by")
    delivery = get_object_or_404(ours, pk=pk)
    audit.seen(request, delivery, patient_id=delivery.patient_id)
    events = list(delivery.events.select_related("receipt"))
    today = timezone.localdate(timezone=request.practice.zone)
    context = {
        "delivery": delivery,
        "patient": delivery.patient,
        "steps": journey.steps(delivery),
        "moments": journey.moments(delivery, events),
        "last_heard": journey.last_heard(delivery, events),
        "is_overdue": delivery.is_overdue(today),
        "proofs": list(delivery.proofs.defer("sealed").order_by("kind")),
        "account": courier.account_of(request.practice),
        "may_book": request.membership.may("book_deliveries"),
        "there_form": ThereForm(),
        "again_form": AgainForm(),
        "courier": courier.LABEL,
    }
    part = "#delivery" if request.htmx else ""
    return render(request, f"deliveries/delivery_detail.html{part}", context)


@require_http_methods(["GET", "POST"])
@allow("book_deliveries")
def delivery_book(request, patient_id):
    """Books one parcel for a patient; `?plan=` ties it to a plan, `?again=` starts from an
    earlier delivery."""
    current = Patient.objects.for_practice(request.practice).current()
    if request.method == "POST":
        current = current.held()
    patient = get_object_or_404(current, pk=patient_id)
    plan = _of_patient(Plan.objects, patient, request.GET.get("plan"))
    again = _of_patient(Delivery.objects, patient, request.GET.get("again"))
    today = timezone.localdate(timezone=request.practice.zone)
    form = BookForm(request.POST or None, patient=patient, today=today, again=again)
    if request.method == "POST" and form.is_valid():
        try:
            delivery, made = book.queue(
                *(request.practice, request.membership, patient, form.cleaned_data),
                *(timezone.now(), plan),
            )
        except book.BelongsElsewhere:
            raise Http404("This form belongs to another patient.")
        if made:
            messages.success(request, "The parcel is being booked.")
        else:
            messages.warning(
                request, "This form had booked this parcel already. Nothing was changed or added."
            )
        return redirect("deliveries:delivery-detail", request.practice.slug, delivery.pk)
    audit.seen(request, patient, patient_id=patient.pk, kind="deliveries:delivery-book")
    context = {
        "form": form,
        "patient": patient,
        "account": courier.account_of(request.practice),
        "under_way": list(patient.deliveries.open().order_by("-id")[:5]),
        "courier": courier.LABEL,
    }
    status = 422 if form.is_bound else 200
    return render(request, "deliveries/delivery_book.html", context, status=status)


def _of_patient(rows, patient, number):
    """The patient's own row of that number, None where none is asked for."""
    if not number:
        return None
    own = rows.filter(practice_id=patient.practice_id, patient=patient)
    return get_object_or_404(own, pk=row_id(number))
