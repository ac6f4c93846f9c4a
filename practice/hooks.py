from django.http import HttpResponse


def receive(request, vendor, hook_path=""):
    return HttpResponse(status=404)
