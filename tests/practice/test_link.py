"""Which of the vendor's patients is ours: found, compared, confirmed by a person, undone."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from practice import create_there, link, tenancy
from practice.models import Connection, PatientLink, VendorPatient
from practice.vendors.contract import AccessRevoked
from tests import dance
from tests.factories import MembershipFactory, UserFactory
from tests.practice.linking import (
    FAMILY,
    Evidence,
    another,
    choose,
    link_place,
    links,
    page,
    theirs,
    told,
)
from tests.practice.linking import harbor as harbor
from tests.practice.linking import nora as nora
from tests.recommendations.conftest import make_harbor


def test_the_same_name_and_birth_date_are_linked_once_a_person_says_so(nora, harbor, simulators):
    words = nora.get(page(harbor.patient)).content.decode()
    assert "Mar 9, 1984" in words
    assert links(harbor) == []
    choose(nora, harbor.patient, theirs(simulators, harbor.patient.email))
    [made] = links(harbor)
    assert (made.evidence, made.linked_by) == (Evidence.CONFIRMED, harbor.nora.name)
    assert told(harbor) == ["Linked at Fullscript"]


def test_tokens_that_our_keys_do_not_open_lead_to_connections(nora, harbor, simulators):
    simulators.clear_log("fullscript")
    with harbor.unit():
        Connection.objects.update(access_token="not sealed by us")
    answer = nora.get(page(harbor.patient))
    assert (answer.status_code, simulators.log("fullscript")) == (503, [])
    words = answer.content.decode()
    assert "Our keys do not open this connection" in words
    assert "/harbor/connections/" in words


def test_names_never_stand_in_an_address(nora, harbor, simulators):
    nora.get(page(harbor.patient))
    nora.post(page(harbor.patient), {"q": "Kowalska"})
    asked = nora.get(page(harbor.patient)).request
    assert "Marsh" not in asked["PATH_INFO"] + asked["QUERY_STRING"]


def test_who_carries_our_number_comes_first_and_is_linked_by_it(nora, harbor, simulators):
    another(harbor, first_name="Elena", last_name="Marsh", email="")
    with harbor.scope():
        connection = link_place(harbor).connection
        made = create_there.run(
            connection,
            another(harbor, first_name="Ida", last_name="Moss", email="ida@mail.example"),
            harbor.nora,
            timezone.now(),
            welcome=False,
        )
    with harbor.unit():
        patient = made.patient
        link.undo(made, harbor.nora, timezone.now())
    with harbor.scope():
        [first, *_] = link.find(connection, patient)
    assert first.is_certain
    choose(nora, patient, {"id": first.row.id})
    assert [found.evidence for found in links(harbor)] == [Evidence.OUR_ID]


def test_an_email_alone_links_nobody(nora, harbor, simulators):
    priya = another(
        harbor, first_name="Priya", last_name="Nandakumar", birth_date="1989-06-30", email=FAMILY
    )
    answer = choose(nora, priya, theirs(simulators, FAMILY, "Arjun"), compared="on")
    assert "families share e-mail addresses" in answer.content.decode()
    assert links(harbor) == []


def test_dependents_are_found(nora, harbor, simulators):
    arjun = another(
        harbor, first_name="Arjun", last_name="Nandakumar", birth_date="2016-02-14", email=FAMILY
    )
    with harbor.scope():
        [first, second] = link.find(link_place(harbor).connection, arjun)
    assert first.likeness.is_same
    assert not second.likeness.may_be


def test_a_dependent_is_shown_with_the_guardian_and_what_that_means(nora, harbor, simulators):
    mila = another(
        harbor, first_name="Arjun", last_name="Nandakumar", birth_date="2016-02-14", email=""
    )
    words = nora.post(page(mila), {"q": "Arjun"}).content.decode()  # finds no guardian
    assert "dependent of Priya Nandakumar" in words
    assert "plain link for a new plan takes no dependents" in words


def test_a_child_is_never_linked_to_the_guardian(nora, harbor, simulators):
    guardian = theirs(simulators, FAMILY, "Priya")
    simulators.act(
        "fullscript/update-patient", patient_id=guardian["id"], first_name="Arjun", date_of_birth=""
    )
    arjun = another(
        harbor, first_name="Arjun", last_name="Nandakumar", birth_date="2016-02-14", email=FAMILY
    )
    answer = choose(nora, arjun, guardian, compared="on")
    assert "That is the guardian of Arjun Nandakumar" in answer.content.decode()
    assert links(harbor) == []


def test_a_child_is_not_linked_to_a_grown_up_of_the_same_name(nora, harbor, simulators):
    anna = another(
        harbor, first_name="Anna", last_name="Kowalska", birth_date="2015-08-02", email=""
    )
    found = theirs(simulators, "anna.kowalska@mail.example")
    assert "Your patient is a child" in choose(nora, anna, found, compared="on").content.decode()
    assert links(harbor) == []


def test_who_sees_only_their_own_patients_links_them(nora, harbor, simulators):
    with tenancy.unit(tenancy.EVERYTHING):
        harbor.patient.practitioner = harbor.nora
        harbor.patient.save()
        harbor.practice.restricts_patients = True
        harbor.practice.save()
    choose(nora, harbor.patient, theirs(simulators, harbor.patient.email))
    [made] = links(harbor)
    with harbor.unit():
        kept = VendorPatient.objects.get()
    assert (kept.vendor_patient_id, kept.decision) == (made.vendor_patient_id, "linked")
    nora.post(page(harbor.patient, "undo"), {"link": made.pk})
    with harbor.unit():
        kept.refresh_from_db()
    assert kept.decision == "open"


def test_who_is_archived_there_is_said_to_be(nora, harbor, simulators):
    found = theirs(simulators, harbor.patient.email)
    simulators.act("fullscript/archive-patient", patient_id=found["id"])
    assert "archived there" in nora.get(page(harbor.patient)).content.decode()
    choose(nora, harbor.patient, found)
    assert "Archived at Fullscript" in nora.get(page(harbor.patient)).content.decode()


def test_what_was_unlinked_before_is_said(nora, harbor, simulators):
    found = theirs(simulators, harbor.patient.email)
    choose(nora, harbor.patient, found)
    [made] = links(harbor)
    nora.post(page(harbor.patient, "undo"), {"link": made.pk})
    words = nora.get(page(harbor.patient)).content.decode()
    assert "was linked and unlinked before" in words
    assert "linked by Nora Lindqvist, ND" in words


def test_the_same_name_with_another_birth_date_asks_for_a_comparison(nora, harbor, simulators):
    anna = another(
        harbor,
        first_name="Anna",
        last_name="Kowalska",
        birth_date="1992-08-02",
        email="anna.kowalska@mail.example",
    )
    found = theirs(simulators, anna.email)
    assert "Say that you compared them" in choose(nora, anna, found).content.decode()
    assert links(harbor) == []
    choose(nora, anna, found, compared="on")
    assert [made.evidence for made in links(harbor)] == [Evidence.CONFIRMED]


def test_the_page_marks_what_differs(nora, harbor, simulators):
    lewis = another(
        harbor,
        first_name="Lewis",
        last_name="Grant",
        birth_date="1949-09-03",
        email="l.grant@post.example",
    )
    words = nora.get(page(lewis)).content.decode()
    assert words.count("not to compare") == 1  # no birth date there
    assert words.count(">differs<") == 1  # the e-mail


def test_a_patient_of_theirs_belongs_to_one_of_ours(nora, harbor, simulators):
    found = theirs(simulators, harbor.patient.email)
    choose(nora, harbor.patient, found)
    twin = another(harbor, first_name="Elena", last_name="Marsh", birth_date="1984-03-09", email="")
    assert f'Linked to your patient <a href="/harbor/patients/{harbor.patient.pk}/"' in (
        nora.get(page(twin)).content.decode()
    )
    answer = choose(nora, twin, found)
    assert "is linked to Elena Marsh already" in answer.content.decode()
    assert [made.patient_id for made in links(harbor)] == [harbor.patient.pk]


def test_a_patient_of_another_clinic_is_not_found(nora, harbor, simulators):
    held = simulators.holds("fullscript")["patients"].values()
    marcus = next(p for p in held if p["first_name"] == "Marcus")
    answer = choose(nora, harbor.patient, marcus, compared="on")
    assert "does not know this patient" in answer.content.decode()
    assert links(harbor) == []


def test_undoing_keeps_the_row_and_lets_it_be_linked_again(nora, harbor, simulators):
    found = theirs(simulators, harbor.patient.email)
    choose(nora, harbor.patient, found)
    [made] = links(harbor)
    assert "Unlink" in nora.get(page(harbor.patient)).content.decode()
    nora.post(page(harbor.patient, "undo"), {"link": made.pk})
    assert links(harbor) == []
    choose(nora, harbor.patient, found)
    assert len(links(harbor)) == 1
    assert told(harbor) == [
        "Linked at Fullscript",
        "Unlinked at Fullscript",
        "Linked at Fullscript",
    ]


def test_a_vendor_that_is_down_is_said_so(nora, harbor, simulators):
    simulators.fault("fullscript", "status", times=0, params={"code": 503})
    answer = nora.get(page(harbor.patient))
    assert answer.status_code == 503
    assert "did not show its patients" in answer.content.decode()
    found = choose(nora, harbor.patient, {"id": "1"})
    assert found.status_code == 503
    assert links(harbor) == []


def test_without_an_account_of_ones_own_nothing_is_asked(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    assert "not connected" in client.get(page(harbor.patient)).content.decode()
    answer = client.post(page(harbor.patient, "create"), follow=True)
    assert "Connect Fullscript first" in answer.content.decode()
    assert simulators.log("fullscript") == []


def test_a_right_that_was_taken_away_is_no_answer(nora, harbor, simulators):
    simulators.fault("fullscript", "status", path="search", params={"code": 403})
    with pytest.raises(AccessRevoked), harbor.scope():
        link.find(link_place(harbor).connection, harbor.patient)


def test_a_vendor_that_keeps_no_patients_has_no_such_page(nora, harbor):
    assert nora.get(f"/harbor/patients/{harbor.patient.pk}/at/wholescripts/").status_code == 404


@pytest.mark.parametrize("role", ["assistant", "read_only"])
def test_only_who_signs_links(client, harbor, role):
    with tenancy.unit(tenancy.EVERYTHING):
        other = MembershipFactory(practice=harbor.practice, user=UserFactory(), role=role)
    client.force_login(other.user)
    assert client.get(page(harbor.patient)).status_code == 403
    for rest in ("confirm", "create", "undo"):
        assert client.post(page(harbor.patient, rest)).status_code == 403


def test_the_way_back_leads_to_our_own_pages_only(nora, harbor, simulators):
    found = theirs(simulators, harbor.patient.email)
    for wanted in ("https://elsewhere.example/", "//elsewhere.example/", "/harbor/plans/"):
        answer = nora.post(page(harbor.patient, "confirm"), {"theirs": found["id"], "next": wanted})
        assert "elsewhere" not in answer.url
        with harbor.unit():
            PatientLink.objects.all().delete()
    assert answer.url == "/harbor/plans/"


def test_the_page_fits_a_phone_and_says_which_link_is_whose(site, simulators, page):
    harbor, browser = make_harbor(), Client()
    browser.force_login(harbor.nora.user)
    dance.connect(browser, simulators, "harbor", "fullscript")
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site}/harbor/patients/{harbor.patient.pk}/at/fullscript/")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Link to Elena Marsh, born Mar 9, 1984").click()
    expect(page.get_by_text("Linked at Fullscript.")).to_be_visible()
