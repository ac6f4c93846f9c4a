"""Each port has its own addresses: the server says which vendor, this picks the urlconf."""

from pathlib import Path

from django.http import JsonResponse
from django.urls import Resolver404, resolve
from django.views.static import serve

from tests.simulators import registry, world

HERE = Path(__file__).parent


def by_vendor(get_response):
    def middleware(request):
        name = request.environ["simulator.vendor"]
        if name == registry.CONTROL:
            request.urlconf = "tests.simulators.control.urls"
        else:
            request.urlconf = world.current().vendors[name].urlconf
        if request.path.startswith("/static/"):
            return serve(request, request.path.removeprefix("/static/"), HERE / name / "static")
        try:
            resolve(request.path_info, request.urlconf)
        except Resolver404:
            return JsonResponse({"status": 404, "error": "Not Found"}, status=404)
        return get_response(request)

    return middleware
