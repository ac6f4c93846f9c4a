"""The file of an import, and what its columns are."""

from practice.models import AuditEntry, PatientImport, PatientImportFile
from tests.practice.imports import (
    HEADING,
    JANE,
    OTTO,
    ask_for_check,
    check,
    checked,
    state_of,
    states,
    upload,
    uploaded,
)


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


def test_a_file_is_kept_sealed_and_its_columns_are_asked(clinic):
    batch = uploaded(clinic, HEADING + JANE + OTTO)
    with clinic.open():
        kept = PatientImportFile.objects.get()
        assert b"Jane" not in bytes(kept.content)
        assert kept.read().decode() == HEADING + JANE + OTTO
    page = clinic.ann.get(clinic.url("import-columns", batch.pk)).content.decode()
    assert "Check 2 lines" in page
    assert "05/06/1984" in page
    assert states(clinic, batch) == []


def test_a_column_that_nobody_knows_is_said_to_be_one(clinic):
    batch = uploaded(clinic, "Christian name,Name of house\nAda,Lum\n")
    answer = ask_for_check(clinic, batch, column_0="first_name")
    assert answer.status_code == 422
    assert "Say which column is the Last name." in answer.content.decode()
    ask_for_check(clinic, batch, column_0="first_name", column_1="last_name")
    check(clinic, batch)
    assert states(clinic, batch) == ["ready"]
    with clinic.open():
        assert batch.rows.get().values == {"first_name": "Ada", "last_name": "Lum"}


def test_two_columns_cannot_be_one_field(clinic):
    batch = uploaded(clinic, HEADING + JANE)
    answer = ask_for_check(clinic, batch, column_5="email")
    assert answer.status_code == 422
    assert "“E-mail” and “Phone” would both be read as E-mail." in answer.content.decode()
    assert state_of(clinic, batch) == "uploaded"


def test_a_made_up_field_is_refused(clinic):
    batch = uploaded(clinic, HEADING + JANE)
    answer = ask_for_check(clinic, batch, column_5="practitioner")
    assert answer.status_code == 422
    assert state_of(clinic, batch) == "uploaded"


def test_columns_can_be_corrected_after_the_check(clinic):
    batch = checked(clinic, "First name,Last name,Birthday of cat\nAda,Lum,x\n")
    assert states(clinic, batch) == ["ready"]
    ask_for_check(clinic, batch, column_2="birth_date")
    assert states(clinic, batch) == []
    check(clinic, batch)
    assert states(clinic, batch) == ["wrong"]


def test_the_very_same_file_is_noticed(clinic):
    uploaded(clinic, HEADING + JANE)
    other = uploaded(clinic, HEADING + OTTO)
    again = uploaded(clinic, HEADING + JANE, who="alice")
    pages = [
        clinic.alice.get(clinic.url("import-columns", batch.pk)).content.decode()
        for batch in (other, again)
    ]
    said = ["The very same file was uploaded before" in page for page in pages]
    assert said == [False, True]
    assert "by Ann Ames (not checked yet)" in pages[1]


def test_a_file_whose_key_is_gone_is_asked_for_again(clinic):
    batch = uploaded(clinic, HEADING + JANE)
    with clinic.open():
        PatientImportFile.objects.update(content=b"v1.gone.AAAA")
    answer = clinic.ann.get(clinic.url("import-columns", batch.pk), follow=True)
    assert "The file cannot be opened any more." in answer.content.decode()


def test_the_trail_says_that_a_file_came_and_not_what_it_holds(clinic):
    uploaded(clinic, HEADING + JANE)
    with clinic.open():
        [made] = AuditEntry.objects.filter(kind="practice.patientimportfile")
    assert made.detail["content"] == ["…", "…"]
