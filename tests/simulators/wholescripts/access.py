"""Who may call: the EMR's Basic account or one practitioner's Bearer token, never both."""

import base64
import binascii
import functools
import secrets

from django.http import JsonResponse

from tests.simulators import world
from tests.simulators.wholescripts import answers, grants


def basic(*methods):
    """The view needs the EMR account's username and password."""

    def wrap(view):
        @functools.wraps(view)
        def checked(request, **names):
            if request.method not in methods:
                return _wrong_method(methods)
            if not _knows_us(request):
                count("basic_refused")
                answer = JsonResponse({"Message": "The account was not accepted."}, status=401)
                answer["WWW-Authenticate"] = 'Basic realm="EMR"'
                return answer
            request.environ["simulator.account"] = "basic"
            return view(request, **names)

        return checked

    return wrap


def bearer(*methods):
    """The view needs a live access token; `request.practitioner` is its owner's e-mail."""

    def wrap(view):
        @functools.wraps(view)
        def checked(request, **names):
            if request.method not in methods:
                return _wrong_method(methods)
            token = grants.live_access(world.current(), _credentials(request, "bearer"))
            if token is None:
                count("bearer_refused")
                answer = answers.oauth_error(401, "invalid_grant", "The access token is invalid")
                answer["WWW-Authenticate"] = "Bearer"
                return answer
            request.practitioner = token["practitioner"]
            request.token = token
            request.environ["simulator.account"] = token["practitioner"]
            return view(request, **names)

        return checked

    return wrap


def count(what: str):
    counts = world.current().store["wholescripts"]["counts"]
    counts[what] = counts.get(what, 0) + 1


def _credentials(request, scheme: str) -> str:
    given, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if given.lower() == scheme else ""


def _knows_us(request) -> bool:
    config = world.current().config["wholescripts"]
    try:
        given = base64.b64decode(_credentials(request, "basic"), validate=True)
    except (binascii.Error, ValueError):
        return False
    wanted = f"{config['username']}:{config['password']}".encode()
    return secrets.compare_digest(given, wanted)


def _wrong_method(methods):
    answer = JsonResponse({"Message": "The method is not supported."}, status=405)
    answer["Allow"] = ", ".join(methods)
    return answer
