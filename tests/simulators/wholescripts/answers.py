"""The shapes WholeScripts answers with (reference section 5)."""

from django.http import HttpResponse, JsonResponse

from tests.simulators import world


def knob(name):
    return world.current().knobs["wholescripts"][name]


def listing(rows: list) -> JsonResponse:
    """A bare array, unless a knob makes it the wrong top-level type."""
    return JsonResponse({"items": rows} if knob("wrong_top_level") else rows, safe=False)


def envelope(body: dict, *, success: bool = True, msg: str = "") -> JsonResponse:
    """`success` and `msg` beside the body; a failure's status is a knob."""
    status = 200 if success else int(knob("business_failure_status"))
    body = body | {"success": success, "msg": msg}
    return JsonResponse([body] if knob("wrong_top_level") else body, status=status, safe=False)


def oauth_error(status: int, error: str, description: str) -> HttpResponse:
    """`{"error", "error_description"}`; a knob prints it as the vendor's page does, broken."""
    if knob("error_body") == "trailing_comma":
        text = f'{{"error":"{error}","error_description":"{description}",}}'
        return HttpResponse(text, status=status, content_type="application/json")
    return JsonResponse({"error": error, "error_description": description}, status=status)


def not_found() -> JsonResponse:
    return JsonResponse({"Message": "Nothing was found at this address."}, status=404)
