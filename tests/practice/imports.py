"""Files of patients, brought as a member brings them, and worked off as a worker does."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from practice import dry_run, take_in, tenancy
from practice.columns import BY_LABEL as FIELD
from practice.models import Patient, PatientImport

HEADING = "First name,Last name,DOB,Sex,E-mail,Phone,State,ZIP\n"
JANE = "Jane,Sample,05/06/1984,F,jane@patients.example,(813) 555-0142,fl,33602\n"
OTTO = "Otto,Quill,1970-01-02,male,,,,\n"


def upload(clinic, text, who="ann", name="patients.csv", **fields):
    file = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
    return getattr(clinic, who).post(clinic.url("import-start"), {"file": file, **fields})


def uploaded(clinic, text, **kwargs):
    """The import that the file became."""
    answer = upload(clinic, text, **kwargs)
    assert answer.status_code == 302, answer.content.decode()
    with clinic.open():
        return PatientImport.objects.select_related("practitioner").order_by("-id").first()


def ask_for_check(clinic, batch, who="ann", **columns):
    """Says that the columns are as guessed, or as in `columns`."""
    with clinic.open():
        labels = [label for _, label in PatientImport.objects.get(pk=batch.pk).columns]
    guessed = {f"column_{n}": FIELD.get(label, "") for n, label in enumerate(labels)}
    return getattr(clinic, who).post(clinic.url("import-columns", batch.pk), guessed | columns)


def check(clinic, batch):
    with tenancy.declare(tenancy.of_practice(clinic.here.pk)):
        dry_run.run(batch.pk, timezone.now())


def checked(clinic, text, who="ann", **kwargs):
    batch = uploaded(clinic, text, who=who, **kwargs)
    answer = ask_for_check(clinic, batch, who=who)
    assert answer.status_code == 302, answer.content.decode()
    check(clinic, batch)
    return batch


def rows(clinic, batch):
    with clinic.open():
        return [
            (row.number, row.state, row.patient_id, row.problems)
            for row in batch.rows.order_by("number")
        ]


def states(clinic, batch):
    return [row[1] for row in rows(clinic, batch)]


def state_of(clinic, batch):
    with clinic.open():
        return PatientImport.objects.get(pk=batch.pk).state


def post(clinic, name, batch, who="ann", **fields):
    return getattr(clinic, who).post(clinic.url(name, batch.pk), fields, follow=True)


def page_of(clinic, batch, who="ann", **headers):
    return getattr(clinic, who).get(clinic.url("import-detail", batch.pk), headers=headers)


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
