"""Addresses. Everything a practice sees starts with its slug."""

from django.contrib import admin
from django.urls import include, path, re_path

from practice import hooks, views
from practice.views import connections, joining, second_step, session, support

handler500 = "config.outage.server_error"

urlpatterns = [
    # A slash at its end is easily typed into the vendor's page, and a redirect loses the event.
    re_path(r"^hooks/(?P<vendor>[-\w]+)/?$", hooks.receive, name="hook"),
    path("hooks/<slug:vendor>/<str:hook_path>", hooks.receive, name="practice-hook"),
    path("", views.choose_practice, name="home"),
    path("session/", session.session, name="session"),
    path("session/again/", session.session_again, name="session-again"),
    path("account/second-step/", second_step.second_step, name="second-step"),
    path("account/sessions/", session.session_list, name="usersessions_list"),
    path("account/sessions/others/end", session.session_end_others, name="session-end-others"),
    path("account/sessions/<int:session_id>/end", session.session_end, name="session-end"),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path(
        "connect/<slug:vendor>/callback",
        connections.connection_finish,
        name="connection-finish",
    ),
    path("start/", joining.start_practice, name="start"),
    path("join/<slug:join_slug>/<str:token>", joining.join, name="join"),
    path("support/stop", support.support_stop, name="support-stop"),
    path("<slug:practice_slug>/", include("practice.urls")),
    path("<slug:practice_slug>/catalogue/", include("catalog.urls")),
    path("<slug:practice_slug>/plans/", include("recommendations.urls")),
    path("<slug:practice_slug>/protocols/", include("recommendations.protocol_urls")),
    path("<slug:practice_slug>/deliveries/", include("deliveries.urls")),
]
