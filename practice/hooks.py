"""Where vendors post their webhooks. Four steps: find the endpoint, take in, nudge, answer.

They are answered ahead of the middleware that is there for people (`config/machines.py`).
"""

from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from practice import inbox, limits, tasks
from practice.tasking import nudge_once
from practice.vendors.contract import Verdict

STATUS = {
    Verdict.GENUINE: 200,
    Verdict.STALE: 400,
    Verdict.MALFORMED: 400,
    Verdict.FORGED: 401,
}
# What counts against the sender. Stale events do not: they are rightly signed.
REFUSED = (Verdict.MALFORMED, Verdict.FORGED)
NOT_EVENTS = (405, 411, 413)


@require_http_methods(["GET", "POST"])
def receive(request, vendor, hook_path=""):
    at = inbox.endpoint(vendor, hook_path)
    if at is None:
        raise Http404("No such endpoint.")
    if limits.holds_anyone() and (seconds := limits.wait("hook-refused", *sender(request, at))):
        return HttpResponse(status=429, headers={"Retry-After": seconds})
    status, taken = take(request, at)
    if status in NOT_EVENTS or (taken and taken.verdict in REFUSED):
        limits.hit("hook-refused", *sender(request, at))
    if status == 200 and at.challenge:
        return JsonResponse(at.vendor.webhook.challenge_answer(at.challenge))
    return HttpResponse(status=status)


def sender(request, at) -> tuple[str, ...]:
    """Who is counted: an address, at one endpoint."""
    return f"practice {at.practice_id}", at.name, limits.address_of(request)


def take(request, at) -> tuple[int, inbox.Taken | None]:
    """The status to answer, and what was taken in: nothing when the request is no event."""
    if "Transfer-Encoding" in request.headers:
        # Such a body reads as empty here: an event would pass for a probe and be lost.
        return 411, None
    body = read(request, at.vendor.webhook.MAX_BYTES)
    if body is None:
        return 413, None
    if at.challenge and at.vendor.webhook.is_probe(body):
        return 200, None
    if request.method != "POST":
        return 405, None
    taken = inbox.take_in(at, request.headers, body, timezone.now())
    if taken.receipt_id is not None:
        nudge_once(tasks.work_off_receipts)
    return STATUS[taken.verdict], taken


def read(request, limit: int) -> bytes | None:
    """At most `limit` raw bytes; None when there are more, which are never read."""
    try:
        if int(request.headers.get("Content-Length") or 0) > limit:
            return None
    except ValueError:
        return None
    body = request.read(limit + 1)
    return None if len(body) > limit else body
