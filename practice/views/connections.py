"""Connections of a practice's clinicians to the dispensaries."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from practice import connect, consent, covering, rights, tenancy, worlds
from practice.middleware import opens_itself
from practice.models import Connection, Membership
from practice.roles import allow
from practice.vendors import registry
from practice.vendors.contract import Ability

GAINS = {
    Ability.CATALOGUE: "its catalogue, with prices and stock",
    Ability.PRIVATE_LABEL: "your private-label products",
    Ability.PLAN_BY_API: "plans sent directly from Regimen",
    Ability.PLAN_BY_HAND_OVER: "plans activated in its own frame, inside Regimen",
    Ability.PATIENT_LIST: "your patients there, for you to say who they are here",
    Ability.PROTOCOLS: "your protocols there, to start plans with",
    Ability.PACKS: "packs by time of day",
}


@allow("see")
@require_GET
def connection_list(request):
    connections = list(
        Connection.objects.for_practice(request.practice)
        .select_related("membership__user")
        .order_by("membership__name", "vendor", "pk")
    )
    mine = {c.vendor: c for c in connections if c.membership_id == request.membership.pk}
    may_connect = request.membership.may("connect_own_account")
    vendors = [
        {
            "vendor": vendor,
            "connection": mine.get(vendor.key),
            "world": worlds.of(vendor.key),
            "lacks": _lacks(mine.get(vendor.key)),
            "was_elsewhere": _was_elsewhere(mine.get(vendor.key)),
            "lists_patients": not covering.is_restricted(request.membership)
            and connect.offers(vendor.key, Ability.PATIENT_LIST),
            "gains": [
                words for ability, words in GAINS.items() if connect.offers(vendor.key, ability)
            ],
        }
        for vendor in connect.dispensaries()
        if may_connect or vendor.key in mine
    ]
    return render(
        request,
        "practice/connection_list.html",
        {
            "vendors": vendors,
            "colleagues": [c for c in connections if c.membership_id != request.membership.pk],
            "may_connect": may_connect,
            "may_end_all": request.membership.may("manage_practice") and bool(connections),
        },
    )


def _was_elsewhere(connection) -> str:
    """The world an active connection was made in, where it is not the one we work in."""
    if connection is None or not connection.is_active or not connect.is_elsewhere(connection):
        return ""
    return str(worlds.of(connection.vendor, connection.environment) or connection.environment)


def _lacks(connection) -> str:
    """What this connection's token does not let us do, '' where nothing is missing."""
    if connection is None or not connection.is_active or not connection.missing_scopes:
        return ""
    return rights.lacking(connection.vendor, connection.missing_scopes)


@allow("connect_own_account")
@require_GET
def connection_begin(request, vendor):
    """A plain link and no form: our policy lets forms lead to our own origin only."""
    if vendor not in {found.key for found in connect.dispensaries()}:
        raise Http404("No such vendor.")
    url = consent.begin(request.session, vendor, request.membership, timezone.now())
    response = redirect(url)
    response["Referrer-Policy"] = "no-referrer"
    return response


@opens_itself
@require_GET
def connection_finish(request, vendor):
    """Where the vendor's page comes back to. Its answer is bound to this browser session,
    used once, and never left in the address bar."""
    if vendor not in {found.key for found in connect.dispensaries()}:
        raise Http404("No such vendor.")
    returned = consent.Returned.of(request.GET)
    now, entry = timezone.now(), None
    try:
        entry = consent.take_out(request.session, vendor, returned, now)
        connection = consent.finish(entry, returned, request.user.pk, now)
    except consent.NotConnected as refusal:
        _say_not_connected(request, vendor, returned, str(refusal))
    else:
        _say_connected(request, connection)
    response = redirect(*_back_to(entry, request.user.pk))
    response["Referrer-Policy"] = "no-referrer"
    return response


def _say_not_connected(request, vendor, returned, why):
    """Coming back without a code is a person's choice, whatever state came with it."""
    if returned.code:
        messages.error(request, why)
    else:
        label = registry.VENDORS[vendor].label
        messages.info(request, f"Not connected: {label} gave no access. Nothing was changed.")


def _say_connected(request, connection):
    messages.success(request, f"{connection.label} is connected. Its catalogue is being read now.")
    if connection.missing_scopes:
        lacks = "; ".join(rights.words(connection.vendor, connection.missing_scopes))
        messages.warning(
            request,
            f"{connection.label} did not let Regimen: {lacks}. All else works. The operator has "
            "to ask for that right there; connect again after that.",
        )


def _back_to(entry, user_id) -> tuple[str, ...]:
    """The connections of the practice it was begun in, for its member; else where one starts."""
    if entry is not None:
        with tenancy.unit(tenancy.of_practice(entry["practice"], user_id)):
            here = Membership.objects.active().filter(practice=entry["practice"], user=user_id)
            if member := here.select_related("practice").first():
                return "practice:connection-list", member.practice.slug
    return ("home",)


@opens_itself
@allow("connect_own_account")
@require_POST
def connection_disconnect(request, connection_id):
    with tenancy.unit():
        connection = get_object_or_404(
            Connection.objects.for_practice(request.practice).of(request.membership),
            pk=connection_id,
        )
    note = connect.disconnect(connection)
    label = registry.VENDORS[connection.vendor].label
    if note:
        messages.warning(request, f"{label} is disconnected here. {note}")
    else:
        messages.success(request, f"{label} is disconnected.")
    return redirect("practice:connection-list", request.practice.slug)


@allow("connect_own_account")
@require_POST
def connection_confirm_email(request, connection_id):
    """The e-mail came through the browser's address: the person says that it is theirs."""
    connection = get_object_or_404(
        Connection.objects.for_practice(request.practice).of(request.membership), pk=connection_id
    )
    connection.confirm_email(timezone.now())
    messages.success(request, f"Confirmed: {connection.email} is you.")
    return redirect("practice:connection-list", request.practice.slug)
