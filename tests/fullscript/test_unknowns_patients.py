"""What is not known of Fullscript's patients: both possible answers of each are handled."""

import datetime as dt
from dataclasses import dataclass

import pytest
from django.utils import timezone

from practice import connect, create_there, link, mark
from practice.link import NotLinked
from practice.models import Connection, Patient, PatientCreation, PatientLink
from practice.vendors.contract import BadAnswer, PatientRow, PostalAddress, Refused
from practice.vendors.fullscript import people
from tests import dance
from tests.factories import PatientFactory
from tests.recommendations.conftest import make_harbor

STREET = PostalAddress(
    "a1", "Elena Marsh", "1 Example Street", "Unit 2", "Portland", "OR", "97201", "US"
)


@pytest.fixture
def nora(nora_at_fullscript):
    client, _ = nora_at_fullscript
    return client


@pytest.fixture
def elena(nora):
    return next(row for row in nora.search_patients("elena.marsh"))


def answers(simulators, path, body, times=1):
    """The vendor's next answers there are `body`."""
    simulators.fault(
        "fullscript", "status", path=path, times=times, params={"code": 200, "body": body}
    )


def lost(simulators, kind):
    simulators.fault("fullscript", kind, method="POST", path="/clinic/patients$")


@dataclass
class Here:
    """Nora's practice with a patient, Ida, whom Fullscript does not know."""

    harbor: object
    ida: Patient
    connection: Connection

    def create(self, minutes=0):
        now = timezone.now() + dt.timedelta(minutes=minutes)
        who = (self.connection, self.ida, self.harbor.nora)
        with self.harbor.scope():
            return create_there.run(*who, now, welcome=False)

    def settle(self, minutes):
        with self.harbor.unit():
            asked = PatientCreation.objects.latest("pk")
        with self.harbor.scope():
            create_there.settle(asked.pk, timezone.now() + dt.timedelta(minutes=minutes))
        with self.harbor.unit():
            asked.refresh_from_db()
        return asked.state

    def find(self):
        with self.harbor.scope():
            return link.find(self.connection, self.ida)

    def call(self, act):
        with self.harbor.scope():
            return connect.call(self.connection, act)

    def carried_by(self, *names):
        """Patients there with Ida's number, each with an e-mail of their own."""
        rows = [
            PatientRow(
                "",
                name,
                self.ida.last_name,
                f"{name}.moss@mail.example".lower(),
                self.ida.birth_date,
                our_id=link.our_id(self.ida),
            )
            for name in names
        ]
        return {
            self.call(
                lambda client, row=row: client.create_patient(row, send_welcome_email=False)
            ).id
            for row in rows
        }

    def confirm(self, words):
        """Links Elena, as a person does; Ida's number is given to somebody already."""
        [row] = self.call(lambda client: client.search_patients(words))
        with self.harbor.scope():
            now = timezone.now()
            return link.confirm(self.connection, self.harbor.patient, row.id, self.harbor.nora, now)

    def mark(self, made):
        """What became of leaving our number, which somebody there has already."""
        with self.harbor.unit():
            PatientLink.objects.filter(pk=made.pk).update(patient=self.ida)
        with self.harbor.scope():
            mark.run(made.pk, timezone.now())
        with self.harbor.unit():
            made.refresh_from_db()
        return made.mark

    def linked(self):
        with self.harbor.unit():
            return PatientLink.objects.standing().count()

    @staticmethod
    def made_there(simulators):
        return len(simulators.holds("fullscript")["effects"]["patients_created"])


@pytest.fixture
def nora_here(db, client, simulators):
    harbor = make_harbor()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    with harbor.unit():
        ida = PatientFactory(
            practice=harbor.practice,
            first_name="Ida",
            last_name="Moss",
            birth_date=dt.date(1990, 1, 2),
            email="ida@mail.example",
        )
        connection = Connection.objects.select_related("practice").get()
    return Here(harbor, ida, connection)


@pytest.mark.parametrize(
    "row",
    [
        {
            "id": "a1",
            "first_name": "Elena",
            "last_name": "Marsh",
            "address1": "1 Example Street",
            "address2": "Unit 2",
            "city": "Portland",
            "state": "OR",
            "zipcode": "97201",
            "country": "US",
        },
        {
            "id": "a1",
            "name": "Elena Marsh",
            "line1": "1 Example Street",
            "line2": "Unit 2",
            "city": "Portland",
            "state": {"id": 37, "name": "Oregon", "abbr": "OR"},
            "postalCode": "97201",
            "country": {"iso": "US"},
            "is_default": True,
        },
    ],
)
def test_unknown_09_an_address_is_read_by_whichever_names(simulators, nora, elena, row):
    for body in (
        {"addresses": [row], "meta": {}},
        {"address": row},
        {"addresses": [{"address": row}]},
    ):
        answers(simulators, "/addresses$", body)
        assert nora.addresses(elena.id) == (STREET,)


@pytest.mark.parametrize("body", [{}, {"addresses": None}, {"addresses": [{"id": "a1"}, "odd"]}])
def test_unknown_09_addresses_in_no_known_shape_are_none(simulators, nora, elena, body):
    answers(simulators, "/addresses$", body)
    assert nora.addresses(elena.id) == ()


@pytest.mark.parametrize("wrapper", ["patients", "dependents"])
def test_unknown_09_dependents_stand_under_either_key(simulators, nora, elena, wrapper):
    answers(simulators, "/dependents$", {wrapper: [{"id": "c1", "first_name": "Mila"}]})
    [child] = nora.dependents(elena.id)
    assert (child.id, child.is_dependent, child.guardian_id) == ("c1", True, elena.id)


def test_unknown_09_a_patient_is_read_with_or_without_its_wrapper(simulators, nora, elena):
    bare = {"id": elena.id, "first_name": "Elena", "guardian": {"id": "g1"}, "gender": "unsure"}
    for body in (bare, {"patient": bare}):
        answers(simulators, f"/patients/{elena.id}$", body)
        row = nora.patient(elena.id)
        assert (row.first_name, row.guardian_id, row.is_dependent) == ("Elena", "g1", True)
        assert (row.sex, row.email, row.birth_date) == ("", "", None)


@pytest.mark.parametrize("wrapper", ["documented", "none", "data"])
def test_unknown_09_patients_are_read_under_whichever_key(simulators, nora, elena, wrapper):
    simulators.knob("fullscript", wrapper=wrapper, extra_keys=True)
    assert nora.patient(elena.id) == elena
    assert elena in nora.patients().rows
    assert elena in nora.search_patients("elena")
    assert nora.addresses(elena.id)[0].city == "Portland"
    assert nora.dependents(elena.id) == ()


def test_unknown_09_a_list_that_does_not_say_whether_more_follows_is_no_list(simulators, nora):
    answers(simulators, "/clinic/patients$", {"patients": [{"id": "p1"}]})
    with pytest.raises(BadAnswer):
        nora.patients()


@pytest.mark.parametrize(
    "answer",
    [
        {"patient": {"id": "p1"}},
        {"dynamic_links": {"redirect_url": "https://x.example/", "patient_id": "p1"}},
        {"patient_id": "p1"},
    ],
)
def test_unknown_17_a_links_patient_is_read_in_any_of_three_places(answer):
    assert people.patient_id_of_link(answer) == "p1"


def test_unknown_17_a_link_may_name_nobody():
    assert (
        people.patient_id_of_link({"dynamic_links": {"redirect_url": "u"}, "patient": None}) == ""
    )


def with_our_id(nora, first_name):
    row = PatientRow(
        "",
        first_name,
        "Moss",
        f"{first_name}@mail.example".lower(),
        dt.date(1990, 1, 2),
        our_id="patient-1",
    )
    return nora.create_patient(row, send_welcome_email=False)


def test_unknown_23_our_id_is_found_once(nora):
    made = with_our_id(nora, "Ida")
    assert nora.patients_by_our_id("patient-1") == (made,)


def test_unknown_23_several_that_carry_our_id_are_all_given(nora):
    both = {with_our_id(nora, "Ida").id, with_our_id(nora, "Ines").id}
    assert {row.id for row in nora.patients_by_our_id("patient-1")} == both


def test_unknown_23_who_carries_our_id_need_not_show_it(simulators, nora):
    made = with_our_id(nora, "Ida")
    shown = {"id": made.id, "first_name": "Ida", "last_name": "Moss"}
    answers(simulators, f"/clinic/patients/{made.id}$", {"patient": shown})
    [found] = nora.patients_by_our_id("patient-1")
    assert found.our_id == "patient-1"


@pytest.mark.parametrize("knobs", [{"metadata_unique": True}, {"metadata_length": 5}])
def test_unknown_23_an_id_that_is_not_taken_is_a_refusal(simulators, nora, elena, knobs):
    with_our_id(nora, "Ida")
    simulators.knob("fullscript", **knobs)
    with pytest.raises(Refused):
        nora.leave_our_id(elena.id, "patient-1")
    assert nora.patient(elena.id).our_id == ""


# What our own patients' creations and links make of it


def test_unknown_14_a_lost_create_that_happened_is_found_and_not_repeated(nora_here, simulators):
    lost(simulators, "reset_after")
    with pytest.raises(NotLinked):
        nora_here.create()
    assert nora_here.settle(minutes=1) == "made"
    assert nora_here.made_there(simulators) == 1
    assert nora_here.linked() == 1


def test_unknown_14_an_empty_answer_right_after_a_lost_create_proves_nothing(nora_here, simulators):
    lost(simulators, "reset_after")
    with pytest.raises(NotLinked):
        nora_here.create()
    empty = {"metadata": [], "meta": {"next_page": None}}
    answers(simulators, "/metadata", empty, times=2)
    with pytest.raises(NotLinked, match="asked a moment ago"):
        nora_here.create()
    assert nora_here.made_there(simulators) == 1
    assert nora_here.settle(minutes=2) == "made"
    assert nora_here.linked() == 1


def test_unknown_14_a_lost_create_that_did_not_happen_is_asked_for_again(nora_here, simulators):
    simulators.fault(
        "fullscript", "status", method="POST", path="/clinic/patients$", params={"code": 504}
    )
    with pytest.raises(NotLinked):
        nora_here.create()
    assert nora_here.settle(minutes=20) == "not_made"
    nora_here.create(minutes=21)
    assert nora_here.made_there(simulators) == 1
    assert simulators.holds("fullscript")["effects"]["welcome_mails"] == []


def test_unknown_23_several_with_our_id_are_left_to_a_person(nora_here, simulators):
    held = nora_here.carried_by("Ida", "Ines")
    with pytest.raises(NotLinked, match="holds this patient already"):
        nora_here.create()
    found = nora_here.find()
    assert {one.row.id for one in found if one.has_our_id} == held
    assert nora_here.linked() == 0


def test_unknown_23_one_with_our_id_is_found_first_and_confirmed(nora_here):
    [only] = nora_here.carried_by("Ida")
    first, *_ = nora_here.find()
    assert (first.row.id, first.is_certain) == (only, True)


@pytest.mark.parametrize("knobs", [{"metadata_unique": True}, {"metadata_length": 5}])
def test_unknown_23_a_link_stands_where_our_id_is_not_taken(nora_here, simulators, knobs):
    nora_here.carried_by("Ines")
    simulators.knob("fullscript", **knobs)
    made = nora_here.confirm("elena.marsh")
    assert nora_here.mark(made) == "not_left"
    assert nora_here.linked() == 1
