"""The pages about plans that are made in the vendor's own tab, looked at by axe."""

import pytest
from django.urls import reverse

from recommendations.models import OutsidePlan
from tests import dance
from tests.recommendations.conftest import harbor, signed_in  # noqa: F401
from tests.recommendations.hand import Hand
from tests.test_access_support import looked_at

pytestmark = pytest.mark.django_db
STAFF = "ivy.brandt@harbor-integrative.example"


@pytest.fixture
def nora(signed_in, harbor, simulators):  # noqa: F811
    return Hand(harbor, signed_in, simulators)


def of(sending, *pages):
    return [f"/harbor/plans/sendings/{sending.pk}/{page}" for page in pages]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_plans_made_there(page, nora, theme):
    page.emulate_media(color_scheme=theme)
    nora.link()
    confirmed = nora.signed()
    nora.post(confirmed, "activated", plan_id=nora.made_there())
    waiting = nora.signed()
    first = [*of(waiting, "hand-over", "look"), *of(confirmed, "stop", "checkout")]
    assert looked_at(page, nora.client, first) == ([], [])

    nora.made_there(units=2)
    nora.take_note(nora.made_there(units=3, at_bedtime=False))
    with nora.harbor.unit():
        outside = OutsidePlan.objects.get()
    several = [
        *of(waiting, "look"),
        reverse("recommendations:outside-plan", args=["harbor", outside.pk]),
        f"/harbor/plans/{confirmed.plan_id}/review",
        reverse("practice:patient-detail", args=["harbor", nora.harbor.patient.pk]),
    ]
    assert looked_at(page, nora.client, several) == ([], [])


def test_axe_finds_nothing_where_a_staff_members_account_says_for_whom(page, nora, simulators):
    dance.connect(nora.client, simulators, "harbor", "fullscript", STAFF)
    assert looked_at(page, nora.client, of(nora.signed(), "practitioner")) == ([], [])
