"""The page between a sign-in and what asks for a second step."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from practice import second_step_rule


@require_GET
def second_step(request):
    """What is asked for and by whom; on to where somebody wanted once it is there."""
    wanted = request.session.get(second_step_rule.SESSION_KEY)
    if second_step_rule.has(request.user) or wanted is None:
        request.session.pop(second_step_rule.SESSION_KEY, None)
        return redirect(wanted["to"] if wanted else "mfa_index")
    return render(request, "account/second_step.html", {"wanted": wanted})
