"""What the hooks are compared with: a view that does the same and nothing else.

It verifies the raw bytes, writes them down in one committed statement, and answers. The same
Django on the same gunicorn, without middleware, policies, sealing and a broker.
"""

import os

from django.conf import settings

settings.configure(
    SECRET_KEY="made-up-key-of-a-benchmark",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    LOGGING_CONFIG=None,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["BARE_HOST"],
            "NAME": os.environ["BARE_NAME"],
            "USER": "postgres",
            "CONN_MAX_AGE": None,
        }
    },
)

import json  # noqa: E402
import time  # noqa: E402

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

from practice.vendors import signature  # noqa: E402
from practice.vendors.contract import Verdict  # noqa: E402

KEYS = os.environ["FULLSCRIPT_WEBHOOK_KEYS"].split(",")
CHALLENGE = {"challenge": os.environ["FULLSCRIPT_WEBHOOK_CHALLENGE"]}


def receive(request):
    body = request.body
    header = request.headers.get("Fullscript-Signature")
    if signature.verify(header, body, KEYS, time.time()) != Verdict.GENUINE:
        return HttpResponse(status=401)
    event = json.loads(body)["event_payload"]["event"]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare_hook (event_id, body) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [event["id"], body],
        )
    return JsonResponse(CHALLENGE)


urlpatterns = [path("hooks/fullscript", receive)]
application = get_wsgi_application()
