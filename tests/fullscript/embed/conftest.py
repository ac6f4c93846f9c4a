"""Nora's desk in Chromium: the portal under two names, connected to Fullscript."""

import pytest
from django.conf import settings
from django.test import Client

from practice import tenancy
from practice.models import PatientLink
from practice.roles import Role
from recommendations.models import Sending
from tests import emptying
from tests.conftest import DATABASE
from tests.recommendations.conftest import make_harbor
from tests.recommendations.hand import Hand


@pytest.fixture(scope="module")
def site(ground, django_db_setup, django_db_blocker):
    """The portal on a free port of this machine, known there as 127.0.0.1 and as localhost."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.db import connections
    from django.test.testcases import LiveServerThread

    with django_db_blocker.unblock():
        server = LiveServerThread("127.0.0.1", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        assert server.error is None, server.error
        yield f"http://127.0.0.1:{server.port}"
        server.terminate()
        connections.close_all()
    with ground.postgres.superuser(DATABASE) as connection:
        emptying.empty(connection)


@pytest.fixture(scope="module")
def desk(site, ground):
    return Desk(site, ground.simulators)


class Desk:
    """Nora at Harbor, connected to Fullscript, and her browser's session."""

    def __init__(self, site, simulators):
        self.site, self.simulators = site, simulators
        simulators.reset()
        self.client = Client()
        self.harbor = make_harbor()
        with tenancy.unit(tenancy.EVERYTHING):
            self.harbor.nora.role = Role.OWNER
            self.harbor.nora.save()
        self.client.force_login(self.harbor.nora.user)
        self.hand = Hand(self.harbor, self.client, simulators)
        simulators.configure("fullscript", origins=[site, site.replace("127.0.0.1", "localhost")])

    def sending(self) -> Sending:
        return self.hand.signed()

    def page_of(self, sending, site="") -> str:
        return f"{site or self.site}/harbor/plans/sendings/{sending.pk}/hand-over"

    def labs(self) -> str:
        return f"{self.site}/harbor/plans/labs/{self.harbor.patient.pk}/fullscript/"

    def links(self) -> list[str]:
        with self.harbor.unit():
            held = PatientLink.objects.filter(unlinked_at=None)
            return list(held.values_list("vendor_patient_id", flat=True))

    def grants(self) -> list[dict]:
        return list(self.hand.held("session_grants").values())


@pytest.fixture(scope="module")
def browsing(browser, desk):
    """A browser that is signed in as Nora under both names of the site."""
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(8_000)
    held = desk.client.cookies[settings.SESSION_COOKIE_NAME].value
    for name in ("127.0.0.1", "localhost"):
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": held, "domain": name, "path": "/"}]
        )
    yield context
    context.close()


@pytest.fixture
def tab(browsing, desk):
    """A new tab. Fullscript behaves as at first, and nobody is linked."""
    desk.simulators.knob("fullscript", frame_cookie="", embed_spelling="samples")
    with desk.harbor.unit():
        PatientLink.objects.all().delete()
    page = browsing.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    yield page
    page.close()


@pytest.fixture
def blocking(tab):
    """The browser keeps third parties from their cookies."""
    tab.context.new_cdp_session(tab).send(
        "Network.setCookieControls", {"enableThirdPartyCookieRestriction": True}
    )
    return tab
