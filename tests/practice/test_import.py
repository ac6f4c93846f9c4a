"""Patients from a file: the dry run, adding them, taking it back."""

import csv
import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from practice import take_in, tasks, tenancy
from practice.models import Patient, PatientEvent, PatientImport, PatientImportRow, Practice
from recommendations.models import Plan
from tests.factories import PatientFactory

HEADING = "First name,Last name,DOB,Sex,E-mail,Phone,State,ZIP\n"
JANE = "Jane,Sample,05/06/1984,F,jane@patients.example,(813) 555-0142,fl,33602\n"
OTTO = "Otto,Quill,1970-01-02,male,,,,\n"
State = PatientImportRow.State


def upload(clinic, text, who="ann", name="patients.csv", **fields):
    file = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
    return getattr(clinic, who).post(clinic.url("import-start"), {"file": file, **fields})


def checked(clinic, text, **kwargs):
    """The import that the file became."""
    answer = upload(clinic, text, **kwargs)
    assert answer.status_code == 302, answer.content.decode()
    with clinic.open():
        return PatientImport.objects.select_related("practitioner").order_by("-id").first()


def rows(clinic, batch):
    with clinic.open():
        return [
            (row.number, row.state, row.patient_id, row.problems)
            for row in batch.rows.order_by("number")
        ]


def states(clinic, batch):
    return [row[1] for row in rows(clinic, batch)]


def post(clinic, name, batch, who="ann", **fields):
    return getattr(clinic, who).post(clinic.url(name, batch.pk), fields, follow=True)


def run(clinic, batch):
    with tenancy.declare(tenancy.of_practice(clinic.here.pk)):
        take_in.run(batch.pk, timezone.now())


def taken_in(clinic, text, **kwargs):
    batch = checked(clinic, text, **kwargs)
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    return batch


def names(clinic, **where):
    with clinic.open():
        return list(
            Patient.objects.filter(**where).order_by("id").values_list("first_name", flat=1)
        )


# --- The dry run


def test_a_dry_run_adds_nobody_and_says_what_each_line_becomes(clinic):
    batch = checked(clinic, HEADING + JANE + OTTO + "Ada,,1970-01-02,,,,,\n")
    assert names(clinic) == []
    assert [(row[0], row[1]) for row in rows(clinic, batch)] == [
        (2, "ready"), (3, "ready"), (4, "wrong")
    ]  # fmt: skip
    page = clinic.ann.get(clinic.url("import-detail", batch.pk)).content.decode()
    assert "Last name: Enter the last name." in page
    assert "Add 2 patients" in page
    assert "DOB" in page


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Ada,Lum,1/1/2999,,,,,", "Birth date: The birth date lies in the future."),
        ("Ada,Lum,31/12/1980,,,,,", "Birth date: Enter the birth date as a date"),
        ("Ada,Lum,,,nonsense,,,", "E-mail: Enter an e-mail address"),
        ("Ada,Lum,,,,12,,", "Phone: Enter a US phone number with area code"),
        ("Ada,Lum,,,,,ZZ,", "State: Enter the two letters of a US state"),
        ("Ada,Lum,,,,,,336", "ZIP code: Enter a ZIP code of 5 or 9 digits"),
        ("Ada,Lum,,dragon,,,,", "Sex: Select a valid choice."),
        (f"{'A' * 121},Lum,,,,,,", "First name: Ensure this value has at most 120"),
        ("Ada,Lum,,,,,,,surplus", "more cells than the heading"),
    ],
)
def test_a_wrong_line_is_explained_by_field_in_the_forms_words(clinic, line, said):
    batch = checked(clinic, HEADING + line + "\n")
    [(_, state, _, problems)] = rows(clinic, batch)
    assert state == "wrong"
    assert any(said in problem for problem in problems)


def test_a_line_that_ends_early_is_read_as_far_as_it_goes(clinic):
    assert states(clinic, checked(clinic, HEADING + "Ada,Lum\n")) == ["ready"]


def test_who_is_here_already_is_named(clinic):
    known = clinic.patient(first_name="JANE", birth_date=dt.date(1984, 5, 6), email="", phone="")
    batch = checked(clinic, HEADING + JANE)
    [(_, state, patient_id, problems)] = rows(clinic, batch)
    assert (state, patient_id) == ("alike", known.pk)
    assert problems == ["A patient here has the same name and birth date."]


def test_a_family_member_is_new(clinic):
    clinic.patient(
        first_name="Rune", birth_date=dt.date(2016, 2, 14), email="jane@patients.example"
    )
    assert states(clinic, checked(clinic, HEADING + JANE)) == ["ready"]


def test_the_same_person_twice_in_the_file_is_asked_about(clinic):
    batch = checked(clinic, HEADING + JANE + JANE)
    assert states(clinic, batch) == ["ready", "alike"]
    assert rows(clinic, batch)[1][3] == [
        "Line 2 of this file has the same name, birth date, e-mail and phone."
    ]


def test_a_file_that_cannot_be_read_is_explained_on_the_same_page(clinic):
    answer = upload(clinic, b"PK\x03\x04", name="patients.csv")
    assert answer.status_code == 422
    assert "a workbook, not a CSV file" in answer.content.decode()
    with clinic.open():
        assert not PatientImport.objects.exists()


def test_no_file_is_asked_for(clinic):
    answer = clinic.ann.post(clinic.url("import-start"), {})
    assert answer.status_code == 422
    assert "Choose a file." in answer.content.decode()


def test_a_much_too_large_file_is_refused_unread(clinic):
    assert upload(clinic, b"a" * 3 * 1024 * 1024).status_code == 413


def test_as_many_lines_as_a_file_may_have_are_checked(clinic, queries):
    lines = "".join(
        f"P{n},Quill{n % 97},{1940 + n % 70}-0{1 + n % 9}-1{n % 10},F,p{n}@a.example,"
        f"813555{n:04},FL,33602\n"
        for n in range(5000)
    )
    with queries() as asked:
        batch = checked(clinic, HEADING + lines)
    assert states(clinic, batch).count("ready") > 4900
    assert len(asked) < 60


def test_the_dry_runs_number_of_queries_does_not_grow(clinic, queries):
    few = checked(clinic, HEADING + JANE)
    many = checked(clinic, HEADING + "".join(f"P{n},Quill,,,,,,\n" for n in range(80)))
    asked = []
    for batch in (few, many):
        with queries() as done:
            clinic.ann.get(clinic.url("import-detail", batch.pk))
        asked.append(len(done))
    assert asked[0] == asked[1] <= 8


# --- Choosing, adding


def test_confirming_queues_and_a_worker_adds(clinic):
    batch = checked(clinic, HEADING + JANE + OTTO)
    post(clinic, "import-confirm", batch)
    assert names(clinic) == []
    page = clinic.ann.get(clinic.url("import-detail", batch.pk)).content.decode()
    assert "Adding patients" in page
    run(clinic, batch)
    assert names(clinic) == ["Jane", "Otto"]
    with clinic.open():
        jane = Patient.objects.get(first_name="Jane")
        told = PatientEvent.objects.get(patient=jane)
    assert (str(jane.phone), jane.state, jane.sex) == ("+18135550142", "FL", "female")
    assert jane.birth_date == dt.date(1984, 5, 6)
    assert (told.text, told.by) == ("Imported from a file", "Ann Ames")


def test_the_progress_asks_again_until_it_is_done(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-confirm", batch)
    here, htmx = clinic.url("import-detail", batch.pk), {"hx-request": "true"}
    assert 'hx-trigger="every 2s"' in clinic.ann.get(here, headers=htmx).content.decode()
    run(clinic, batch)
    part = clinic.ann.get(here, headers=htmx).content.decode()
    assert "1 patient added" in part
    assert "hx-trigger" not in part
    assert "<html" not in part


def test_look_alikes_are_left_out_unless_chosen(clinic):
    clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6))
    clinic.patient(first_name="Otto", last_name="Quill", birth_date=dt.date(1970, 1, 2))
    batch = checked(clinic, HEADING + JANE + OTTO)
    post(clinic, "import-choose", batch, shown=["2", "3"], add=["3"])
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    assert names(clinic) == ["Jane", "Otto", "Otto"]
    assert states(clinic, batch) == ["skipped", "added"]


def test_a_choice_keeps_to_the_lines_that_were_shown(clinic):
    clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6))
    clinic.patient(first_name="Otto", last_name="Quill", birth_date=dt.date(1970, 1, 2))
    batch = checked(clinic, HEADING + JANE + OTTO + "Ada,,,,,,,\n")
    post(clinic, "import-choose", batch, shown=["2"], add=["2"])
    post(clinic, "import-choose", batch, shown=["3", "4"], add=["4"])
    with clinic.open():
        assert list(batch.rows.filter(add_anyway=True).values_list("number", flat=True)) == [2]


def test_somebody_added_since_the_check_has_to_be_decided_on(clinic):
    batch = checked(clinic, HEADING + JANE + OTTO)
    clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6))
    page = post(clinic, "import-confirm", batch).content.decode()
    assert "Patients were added meanwhile, and 1 of the lines" in page
    assert states(clinic, batch) == ["alike", "ready"]
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    assert names(clinic) == ["Jane", "Otto"]


def test_confirming_and_running_twice_adds_once(clinic):
    batch = checked(clinic, HEADING + JANE)
    for _ in range(2):
        post(clinic, "import-confirm", batch)
        run(clinic, batch)
    assert names(clinic) == ["Jane"]


def test_a_worker_that_lost_its_lease_adds_nobody(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-confirm", batch)
    with clinic.open():
        PatientImport.objects.update(
            state="running", attempts=1, lease_until=timezone.now() + dt.timedelta(seconds=60)
        )
        stale = PatientImport.objects.get()
        PatientImport.objects.update(attempts=2)
    run(clinic, batch)
    with tenancy.declare(tenancy.of_practice(clinic.here.pk)):
        assert take_in._add_some(stale) is False
    assert names(clinic) == []


def test_the_sweep_finds_what_was_confirmed_and_what_a_dead_worker_left(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-confirm", batch)
    now = timezone.now()
    with tenancy.declare(tenancy.EVERYTHING):
        assert take_in.due(now) == [(clinic.here.pk, batch.pk)]
    with clinic.open():
        PatientImport.objects.update(state="running", lease_until=now + dt.timedelta(seconds=60))
    with tenancy.declare(tenancy.EVERYTHING):
        assert take_in.due(now) == []
        assert take_in.due(now + dt.timedelta(seconds=61)) == [(clinic.here.pk, batch.pk)]


def test_the_trail_names_who_confirmed(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-confirm", batch)
    tasks.take_in_patients(clinic.here.pk, batch.pk)
    with clinic.open():
        from practice.models import AuditEntry

        made = AuditEntry.objects.get(kind="practice.patient", action="created")
    assert (made.who, made.via) == ("Ann Ames", "task:practice.tasks.take_in_patients")


def test_a_discarded_file_is_forgotten(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-discard", batch)
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    assert (names(clinic), rows(clinic, batch)) == ([], [])


# --- The report


def test_the_report_says_what_became_of_each_line_and_is_safe_to_open(clinic):
    batch = taken_in(clinic, HEADING + JANE + "=HYPERLINK(1),,,,,,,\n")
    answer = clinic.ann.get(clinic.url("import-report", batch.pk))
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[:2] for line in table[1:]] == [["2", "Added"], ["3", "Cannot be taken in"]]
    assert table[2][4] == "'=HYPERLINK(1)"
    assert "'+18135550142" in table[1]


def test_the_template_can_be_imported(clinic):
    template = clinic.ann.get(clinic.url("import-template")).content.decode("utf-8-sig")
    batch = checked(clinic, template + "Ada,Lum\n")
    with clinic.open():
        assert all(label for _, label in PatientImport.objects.get(pk=batch.pk).columns)


# --- Taking it back


def test_an_import_is_taken_back_by_archiving_whom_nobody_touched(clinic):
    batch = taken_in(clinic, HEADING + JANE + OTTO)
    with clinic.open():
        otto = Patient.objects.get(first_name="Otto")
        Plan.objects.create(practice=clinic.here, patient=otto, clinician=clinic.members.bob)
    page = post(clinic, "import-undo", batch).content.decode()
    assert "1 patient archived. 1 stays" in page
    assert names(clinic, archived_at__isnull=True) == ["Otto"]
    assert states(clinic, batch) == ["taken_back", "added"]


def test_whose_details_were_changed_stays(clinic):
    batch = taken_in(clinic, HEADING + OTTO)
    with clinic.open():
        otto = Patient.objects.get()
    sent = {"first_name": "Otto", "last_name": "Quill", "allergies": "Soy"}
    clinic.ann.post(clinic.url("patient-edit", otto.pk), sent)
    post(clinic, "import-undo", batch)
    assert names(clinic, archived_at__isnull=True) == ["Otto"]


def test_another_file_that_names_them_does_not_touch_them(clinic):
    batch = taken_in(clinic, HEADING + OTTO)
    assert states(clinic, checked(clinic, HEADING + OTTO)) == ["alike"]
    post(clinic, "import-undo", batch)
    assert states(clinic, batch) == ["taken_back"]


def test_the_corrected_file_can_be_imported_afterwards(clinic):
    batch = taken_in(clinic, HEADING + JANE)
    post(clinic, "import-undo", batch)
    assert states(clinic, checked(clinic, HEADING + JANE)) == ["ready"]


def test_who_was_archived_by_a_person_is_still_recognised(clinic):
    clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6), archived_at=timezone.now())
    assert states(clinic, checked(clinic, HEADING + JANE)) == ["alike"]


def test_taking_back_twice_or_too_early_does_nothing(clinic):
    batch = checked(clinic, HEADING + JANE)
    assert "Only an import that is done" in post(clinic, "import-undo", batch).content.decode()
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    post(clinic, "import-undo", batch)
    assert "Only an import that is done" in post(clinic, "import-undo", batch).content.decode()


# --- Whose they become, and who sees it


def restrict(clinic):
    with clinic.open():
        Practice.objects.filter(pk=clinic.here.pk).update(restricts_patients=True)


def test_the_uploader_says_whose_they_become(clinic):
    taken_in(clinic, HEADING + JANE, practitioner=clinic.members.bob.pk)
    assert names(clinic, practitioner=clinic.members.bob) == ["Jane"]


def test_who_sees_only_their_own_imports_for_themselves(clinic):
    restrict(clinic)
    batch = checked(clinic, HEADING + JANE, who="bob", practitioner=clinic.members.alice.pk)
    post(clinic, "import-confirm", batch, who="bob")
    run(clinic, batch)
    assert names(clinic, practitioner=clinic.members.bob) == ["Jane"]


def test_a_colleagues_import_and_patients_stay_unseen(clinic):
    hers = clinic.patient(
        first_name="Jane",
        birth_date=dt.date(1984, 5, 6),
        record_number="SECRET-7",
        practitioner=clinic.members.alice,
    )
    theirs = checked(clinic, HEADING + OTTO, who="alice")
    restrict(clinic)
    assert clinic.bob.get(clinic.url("import-detail", theirs.pk)).status_code == 404
    own = checked(clinic, HEADING + JANE, who="bob")
    assert rows(clinic, own)[0][1:3] == ("alike", None)
    page = clinic.bob.get(clinic.url("import-detail", own.pk)).content.decode()
    assert "known to the practice. Ask an owner" in page
    assert "SECRET-7" not in page
    assert clinic.url("patient-detail", hers.pk) not in page


@pytest.mark.parametrize("name", ["detail", "report"])
def test_another_practices_import_answers_like_none_at_all(clinic, name):
    with clinic.open_elsewhere():
        PatientFactory(practice=clinic.elsewhere)
        theirs = PatientImport.objects.create(
            practice=clinic.elsewhere, file_name="x.csv", uploaded_by=clinic.members.charlie
        )
    foreign = clinic.alice.get(clinic.url(f"import-{name}", theirs.pk))
    missing = clinic.alice.get(clinic.url(f"import-{name}", 999_999))
    assert (foreign.status_code, foreign.content) == (404, missing.content)


def test_who_may_only_read_imports_nothing(clinic):
    assert upload(clinic, HEADING + JANE, who="rae").status_code == 403
