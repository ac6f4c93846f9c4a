"""A vendor's frame on our pages: for whom it opens, and who is told what."""

import pytest
from django.test import Client

from practice import tenancy
from practice.models import PatientLink
from practice.vendors.contract import PatientRow
from practice.vendors.fullscript import embed
from tests.factories import MembershipFactory, UserFactory
from tests.recommendations.hand import Hand

SITE = "https://regimen.example"


@pytest.fixture
def nora(signed_in, harbor, simulators):
    return Hand(harbor, signed_in, simulators)


@pytest.fixture
def labs(nora):
    return f"/harbor/plans/labs/{nora.harbor.patient.pk}/fullscript/"


def links(nora):
    with nora.harbor.unit():
        return list(PatientLink.objects.values_list("vendor_patient_id", "evidence"))


def test_a_known_patient_is_named_by_the_id_alone():
    row = PatientRow(id="p-1", first_name="Elena", last_name="Marsh", sex="female")
    assert embed.framed_patient(row) == {"id": "p-1"}


@pytest.mark.parametrize(
    ("sex", "theirs"),
    [("female", "female"), ("male", "male"), ("x", "prefer not to say"), ("", None)],
)
def test_an_unknown_patient_is_described_in_the_frames_words(sex, theirs):
    row = PatientRow(id="", first_name="Elena", last_name="Marsh", sex=sex)
    told = embed.framed_patient(row)
    assert told.pop("biologicalSex", None) == theirs
    assert told == {"firstName": "Elena", "lastName": "Marsh"}


@pytest.mark.parametrize(
    ("policy", "refuses"),
    [
        ("frame-ancestors 'none'", True),
        ("default-src 'self'; Frame-Ancestors 'none'", True),
        (f"frame-ancestors {SITE}/", False),
        (f"frame-ancestors https://other.example {SITE}", False),
        ("frame-ancestors https://other.example", None),
        ("default-src 'self'", None),
        ("", None),
        (";;;", None),
    ],
)
def test_a_policy_says_whether_the_frame_may_be_shown(policy, refuses):
    assert embed._refuses(policy, SITE) is refuses


def test_the_page_for_labs_holds_the_patient_and_no_grant(nora, labs):
    page = nora.client.get(labs).content.decode()
    assert '"aim": "labs"' in page
    assert '"firstName": "Elena"' in page
    assert nora.held("session_grants") == {}


def test_labs_are_offered_on_the_patients_page(nora, labs):
    home = f"/harbor/patients/{nora.harbor.patient.pk}/"
    assert labs in nora.client.get(home).content.decode()


@pytest.mark.parametrize("environment", ["ca", "ca-snd"])
def test_no_labs_are_offered_where_there_are_none(nora, labs, settings, environment):
    settings.VENDOR_ENVIRONMENTS = {**settings.VENDOR_ENVIRONMENTS, "fullscript": environment}
    home = f"/harbor/patients/{nora.harbor.patient.pk}/"
    assert labs not in nora.client.get(home).content.decode()
    assert nora.client.get(labs).status_code == 404


def test_the_older_frame_has_no_labs(nora, labs, settings):
    frame = settings.VENDOR_FRAMES["fullscript"] | {"has_labs": False}
    settings.VENDOR_FRAMES = {"fullscript": frame}
    assert nora.client.get(labs).status_code == 404


def test_whom_the_frame_names_is_compared_by_what_is_read_there(nora, labs):
    words = nora.client.post(labs + "selected", {"theirs": nora.patient_id()}).content.decode()
    assert "Link Elena Marsh" in words
    assert links(nora) == []


def test_the_linked_patient_is_no_news(nora, labs):
    nora.link()
    words = nora.client.post(labs + "selected", {"theirs": nora.patient_id()}).content.decode()
    assert "is open for Elena Marsh" in words


@pytest.mark.parametrize("linked", [True, False])
def test_another_patient_is_warned_of(nora, labs, linked):
    if linked:
        nora.link()
    theirs = nora.patient_id("Theo")
    words = nora.client.post(labs + "selected", {"theirs": theirs}).content.decode()
    assert "Another patient is open at Fullscript" in words
    assert "Link Theo" not in words


@pytest.mark.parametrize("theirs", ["", "nobody", "../../clinic", "x" * 5000])
def test_an_id_that_names_nobody_links_nobody(nora, labs, theirs):
    answer = nora.client.post(labs + "selected", {"theirs": theirs})
    assert answer.status_code == 200
    assert nora.client.post(labs + "link", {"theirs": theirs}).status_code == 200
    assert links(nora) == []


def test_a_person_links_in_the_frame(nora, labs):
    answer = nora.client.post(labs + "link", {"theirs": nora.patient_id()})
    assert "Linked at Fullscript" in answer.content.decode()
    assert links(nora) == [(nora.patient_id(), PatientLink.Evidence.CONFIRMED)]


def test_a_plan_for_labs_is_read_back_and_links(nora, labs):
    answer = nora.client.post(labs + "activated", {"plan_id": nora.made_there()})
    assert answer.json() == {"confirmed": True}
    assert links(nora) == [(nora.patient_id(), PatientLink.Evidence.PLAN)]


@pytest.mark.parametrize(
    ("whose", "by", "words"),
    [("Theo", "Nora", "does not match"), ("Elena", "Samuel", "another practitioner")],
)
def test_a_plan_for_labs_of_somebody_else_is_not_believed(nora, labs, whose, by, words):
    answer = nora.client.post(labs + "activated", {"plan_id": nora.made_there(whose, by=by)})
    assert (answer.status_code, words in answer.json()["error"]) == (409, True)
    assert links(nora) == []


def test_without_an_account_of_ones_own_there_is_no_frame(nora, labs):
    with tenancy.unit(tenancy.EVERYTHING):
        sam = MembershipFactory(practice=nora.harbor.practice, user=UserFactory())
    browser = Client()
    browser.force_login(sam.user)
    assert browser.get(labs)["Location"] == "/harbor/connections/"
    for what in ("grant", "activated", "selected", "link", "checked"):
        assert browser.post(labs + what).status_code == 404


def test_a_frame_that_was_let_in_is_not_asked_about_again(nora, labs, simulators):
    simulators.configure("fullscript", origins=["http://testserver"])
    simulators.clear_log("fullscript")
    for _ in range(2):
        assert nora.client.post(labs + "checked").json()["refused"] is False
    called = [call["path"] for call in simulators.log("fullscript")]
    assert called.count("/api/embeddable/session/embed/entry") == 1
    simulators.configure("fullscript", origins=[])


def test_a_site_that_is_not_registered_is_known_with_a_reference(nora, labs, simulators):
    simulators.configure("fullscript", origins=["https://elsewhere.example"])
    answer = nora.client.post(labs + "checked", headers={"host": "localhost"}).json()
    assert answer["refused"] is True
    assert answer["reference"]
