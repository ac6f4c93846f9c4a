from django.urls import path

from tests.simulators.control import api, mail, page

urlpatterns = [
    path("", page.home),
    path("do/reset", page.reset),
    path("do/clock", page.clock),
    path("do/fault", page.add_fault),
    path("do/faults/clear", page.clear_faults),
    path("do/release", page.release),
    path("do/knobs/<str:vendor>", page.knobs),
    path("do/<str:vendor>/<str:action>", page.act),
    path("mail/<str:name>", mail.read),
    path("api/origins", api.origins),
    path("api/reset", api.reset),
    path("api/clock", api.clock),
    path("api/faults", api.faults),
    path("api/hangs", api.hangs),
    path("api/release", api.release),
    path("api/mail", api.mails),
    path("api/knobs/<str:vendor>", api.knobs),
    path("api/config/<str:vendor>", api.config),
    path("api/state/<str:vendor>", api.state),
    path("api/log/<str:vendor>", api.log),
    path("api/<str:vendor>/<str:action>", api.act),
]
