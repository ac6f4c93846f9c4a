"""Plans that were made at a vendor itself: shown, never changed."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from practice import audit, link, rights, tenancy
from practice.middleware import opens_itself
from practice.models import Connection, Patient
from practice.roles import allow
from practice.vendors.contract import VendorError
from recommendations import history, history_by_address
from recommendations.models import OutsidePlan


@allow("see")
@require_GET
def outside_plan(request, outside_id):
    plans = OutsidePlan.objects.for_practice(request.practice).select_related("patient")
    plan = get_object_or_404(plans, pk=outside_id)
    audit.seen(request, plan, patient_id=plan.patient_id)
    return render(
        request,
        "recommendations/outside_plan.html",
        {
            "plan": plan,
            "patient": plan.patient,
            "lines": history.shown(plan),
            "made_by": history.practitioner(plan),
        },
    )


@opens_itself
@allow("sign_plans")
@require_POST
def outside_look(request, patient_id):
    """Reads the patient's plans at every vendor where they are linked and the member's own
    account reaches them, and where it knows them by their address."""
    with tenancy.unit():
        patients = Patient.objects.for_practice(request.practice)
        patient = get_object_or_404(patients, pk=patient_id)
        audit.seen(request, patient, patient_id=patient.pk)
        links = {(row.vendor, row.account_id): row for row in link.current(patient)}
        mine = Connection.objects.for_practice(request.practice).of(request.membership).active()
        reachable = [
            (connection, links[connection.vendor, connection.account_id])
            for connection in mine
            if (connection.vendor, connection.account_id) in links
            and history.is_read(connection.vendor)
        ]
        if patient.email:
            found = mine.select_related("membership__user")
            reachable += [(one, None) for one in history_by_address.accounts(found)]
    if not reachable:
        messages.info(request, "Your accounts reach no dispensary where this patient is known.")
    for connection, linked in reachable:
        now = timezone.now()
        try:
            if linked:
                new = history.read(connection, linked, now)
            else:
                new = history_by_address.read(connection, patient.email, now)
        except VendorError as error:
            messages.error(request, f"{connection.label}: {rights.explain(error)}")
        else:
            found = f"{new} new plan{'' if new == 1 else 's'}" if new else "no new plan"
            messages.success(request, f"Looked at {connection.label}: {found}.")
    return redirect("practice:patient-detail", request.practice.slug, patient.pk)
