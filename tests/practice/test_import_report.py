"""The report of an import, and its template."""

import csv
import io

from practice.models import PatientImport
from tests.practice.imports import HEADING, JANE, checked, taken_in


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
