"""What a patient ordered, and the laboratory orders with their results."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from practice import audit, tenancy
from practice.middleware import opens_itself
from practice.models import Patient
from practice.roles import allow
from recommendations import bought, lab_page, labs, read_orders, results
from recommendations.models import LabOrder, LabResult, Order, OrderReading

PER_PAGE = 25


@require_GET
@allow("see")
def order_list(request, patient_id):
    """Everything a patient ordered at dispensaries, the newest first."""
    patient = get_object_or_404(Patient.objects.for_practice(request.practice), pk=patient_id)
    orders = (
        Order.objects.for_practice(request.practice).of_linked().newest().filter(patient=patient)
    )
    page = Paginator(orders, PER_PAGE).get_page(request.GET.get("page"))
    audit.seen(request, patient, patient_id=patient.pk, kind="recommendations:order-list")
    readings = readings_of(patient)
    return render(
        request,
        "recommendations/order_list.html",
        {
            "patient": patient,
            "page": page,
            "orders": bought.shown(list(page), request.practice),
            "labs": list(labs_of(patient)),
            "readings": readings,
            "problems": list(filter(None, map(read_orders.problem, readings))),
            "may_look": request.membership.may("draft_plans"),
        },
    )


def readings_of(patient) -> list[OrderReading]:
    """Of the patient's links that stand. One query."""
    rows = OrderReading.objects.for_practice(patient.practice_id).select_related("link")
    return list(rows.filter(link__patient=patient, link__unlinked_at__isnull=True).order_by("pk"))


def labs_of(patient):
    return LabOrder.objects.for_practice(patient.practice_id).of_linked().filter(patient=patient)


@opens_itself
@allow("draft_plans")
@require_POST
def order_again(request, patient_id):
    """Reads at once, for whoever does not want to wait for the night."""
    with tenancy.unit():
        patient = get_object_or_404(Patient.objects.for_practice(request.practice), pk=patient_id)
    problems = read_orders.look_again(patient, timezone.now())
    for words in problems:
        messages.error(request, words)
    if not problems:
        messages.success(request, "Read just now.")
    return redirect("recommendations:order-list", request.practice.slug, patient.pk)


def lab_of(request, lab_id) -> LabOrder:
    rows = LabOrder.objects.for_practice(request.practice).of_linked()
    return get_object_or_404(rows.select_related("patient", "connection"), pk=lab_id)


@require_GET
@allow("see")
def lab_detail(request, lab_id):
    order = lab_of(request, lab_id)
    audit.seen(request, order, patient_id=order.patient_id)
    return render(
        request,
        "recommendations/lab_detail.html",
        {
            "order": order,
            "patient": order.patient,
            "way": lab_page.way(order),
            "what_next": lab_page.what_next(order),
            "results": lab_page.results_of(order),
            "may_look": request.membership.may("draft_plans"),
        },
    )


@opens_itself
@allow("draft_plans")
@require_POST
def lab_again(request, lab_id):
    with tenancy.unit():
        order = lab_of(request, lab_id)
    error = labs.read(order, timezone.now())
    if error is None:
        messages.success(request, "Read just now.")
    else:
        messages.error(request, f"{order.label}: {labs.WORDS[type(error).__name__]}")
    return redirect("recommendations:lab-detail", request.practice.slug, order.pk)


def result_of(request, lab_id, result_id) -> LabResult:
    order = lab_of(request, lab_id)
    return get_object_or_404(order.results.select_related("order"), pk=result_id)


@require_GET
@allow("see")
def lab_result(request, lab_id, result_id):
    """The document itself, of no other type than its bytes were found to be."""
    order = lab_of(request, lab_id)
    result = get_object_or_404(order.results.shown().select_related("order"), pk=result_id)
    audit.seen(request, result, patient_id=order.patient_id)
    if request.support_view is None:
        lab_page.note_opened(result, request.membership, timezone.now())
    answer = HttpResponse(result.read(), content_type=result.content_type)
    place = "attachment" if "save" in request.GET else "inline"
    answer["Content-Disposition"] = f'{place}; filename="laboratory-result-{result.pk}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    answer["Content-Security-Policy"] = "default-src 'none'; object-src 'self'"
    return answer


@opens_itself
@allow("draft_plans")
@require_POST
def result_again(request, lab_id, result_id):
    """A person asks for a document that was given up, or does not want to wait for it."""
    with tenancy.unit():
        result = result_of(request, lab_id, result_id)
        if result.fetched_at is None:
            result.ask_again()
    results.fetch(result.pk, timezone.now())
    with tenancy.unit():
        result = LabResult.objects.filter(pk=result.pk).defer("content").first()
    if result is None or result.fetched_at:
        messages.success(request, "The result is here.")
    else:
        messages.error(request, f"The result could not be fetched. {result.last_error}".strip())
    return redirect("recommendations:lab-detail", request.practice.slug, lab_id)
