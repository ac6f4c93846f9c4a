"""The consent page, the token endpoint and Logout (reference 4.1, 4.2, 4.4)."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from tests.simulators import world
from tests.simulators.wholescripts import access, answers, grants, people


def authorize(request):
    """Show the login, then send the browser back.

    As documented, the way back is `{URI}?...` even where the URI has a query already, and
    a refusal carries no `state`.
    """
    here = world.current()
    asked = request.POST if request.method == "POST" else request.GET
    problem = _problem(here, asked)
    if problem:
        return render(request, "wholescripts/refused.html", {"problem": problem}, status=400)
    if request.method == "GET":
        names = ("client_id", "redirect_uri", "state")
        fields = {name: asked.get(name, "") for name in names if name in asked}
        context = {"fields": fields, "practitioners": here.store["wholescripts"]["practitioners"]}
        return render(request, "wholescripts/authorize.html", context)
    if request.method != "POST":
        return HttpResponseNotAllowed(("GET", "POST"))
    if asked.get("decision") != "allow":
        return _back(asked, {"error": "access_denied"})
    practitioner = _practitioner(here, asked.get("practitioner", ""))
    if practitioner is None:
        problem = "There is no such practitioner."
        return render(request, "wholescripts/refused.html", {"problem": problem}, status=400)
    answer = {"code": grants.new_code(here, practitioner), "email": practitioner}
    if "state" in asked:
        answer["state"] = asked["state"]
    return _back(asked, answer)


def token(request):
    """POST with a form. GET does the same, because it is documented, and is counted."""
    if request.method == "GET":
        access.count("unsafe_token_get")
    return _token(request)


@access.basic("GET", "POST")
def _token(request):
    here = world.current()
    form = request.GET if request.method == "GET" else request.POST
    grant_type = form.get("grant_type", "")
    needed = {
        "authorization_code": ("code",),
        "refresh_token": ("refresh_token",),
        "password": ("username", "password"),
    }
    if not grant_type:
        return _missing("grant_type")
    if grant_type not in needed:
        return answers.oauth_error(400, "unsupported_grant_type", "The grant type is not supported")
    for name in needed[grant_type]:
        if not form.get(name):
            return _missing(name)
    access.count(f"token_{grant_type}")
    tokens = _GRANTS[grant_type](here, form)
    if tokens is None:
        access.count("token_refused")
        return answers.oauth_error(400, "invalid_grant", "The grant is invalid or has expired")
    answer = JsonResponse(tokens)
    answer["Cache-Control"] = "no-store"
    return answer


@access.bearer("GET")
def logout(request):
    grants.end(world.current(), request.token["grant"])
    return answers.envelope({})


def _by_code(here, form):
    practitioner = grants.take_code(here, form["code"])
    return grants.start(here, practitioner) if practitioner else None


def _by_refresh(here, form):
    return grants.refresh(here, form["refresh_token"])


def _by_password(here, form):
    practitioner = _practitioner(here, form["username"])
    if practitioner is None or form["password"] != people.PRACTITIONER_PASSWORD:
        return None
    return grants.start(here, practitioner)


_GRANTS = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    "password": _by_password,
}


def _missing(name: str) -> HttpResponse:
    return answers.oauth_error(
        400, "invalid_request", f"Request was missing the '{name}' parameter."
    )


def _problem(here, asked) -> str:
    if asked.get("client_id") != here.config["wholescripts"]["username"]:
        return "This application is not known to WholeScripts."
    if urlsplit(asked.get("redirect_uri", "")).scheme not in ("http", "https"):
        return "The application gave no address to return to."
    return ""


def _practitioner(here, email: str) -> str | None:
    """The address as registered; capitals do not matter."""
    for practitioner in here.store["wholescripts"]["practitioners"]:
        if practitioner["email"].lower() == email.strip().lower():
            return practitioner["email"]
    return None


def _back(asked, answer) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{asked['redirect_uri']}?{urlencode(answer)}")
