"""A member leaves: what there is, who takes it over, and what was done."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from practice import leave, members, tenancy
from practice.middleware import opens_itself
from practice.models import Membership
from practice.roles import allow
from practice.vendors import registry


@opens_itself
@require_http_methods(["GET", "POST"])
@allow("manage_members")
def member_leave(request, member_id):
    """Vendors are called between units. Pressing again finishes what was cut short."""
    with tenancy.unit():
        here = Membership.objects.for_practice(request.practice).select_related("user")
        member = get_object_or_404(here, pk=member_id)
        others = list(here.clinicians().exclude(pk=member.pk))
    problem, left = "", None
    if request.method == "POST":
        wanted = request.POST.get("to", "")
        to = next((other for other in others if str(other.pk) == wanted), None)
        try:
            left = leave.run(member, to, by=request.membership.name, now=timezone.now())
        except (members.LastOwner, leave.NeedsSomebody) as refusal:
            problem = str(refusal)
        if left and member.pk == request.membership.pk:
            request.session.flush()  # its row is gone; what was done is still shown
    with tenancy.unit():
        standing = [(kind.words(count), kind, count) for kind, count in leave.standing(member)]
        shown = {
            "member": member,
            "others": others,
            "left": left,
            "problem": problem,
            "standing": [(words, kind) for words, kind, count in standing if count],
            "needs_somebody": any(count and kind.needs_somebody for _, kind, count in standing),
            "accounts": [
                registry.VENDORS[connection.vendor].label for connection in leave.accounts(member)
            ],
        }
        page = "practice/member_left.html" if left else "practice/member_leave.html"
        return render(request, page, shown, status=422 if problem else 200)
