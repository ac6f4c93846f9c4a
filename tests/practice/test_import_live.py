"""The page of an import while a worker is at it, in a browser."""

import pytest
from playwright.sync_api import expect

from practice.models import PatientImport, PatientImportRow
from tests.practice.imports import HEADING, JANE, OTTO, ask_for_check, check, uploaded
from tests.recommendations.bridge import Bridge


@pytest.fixture
def watching(page, clinic):
    """Ann waits for the check of four lines."""
    batch = uploaded(clinic, HEADING + JANE + OTTO + "Ada,Lum\nBo,Hart\n")
    ask_for_check(clinic, batch)
    Bridge(page, clinic.ann).open(clinic.url("import-detail", batch.pk))
    return batch


def test_the_page_becomes_the_report_without_a_click(page, clinic, watching):
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking the file")
    check(clinic, watching)
    expect(page.get_by_role("heading", level=1)).to_have_text("Before anybody is added")
    expect(page.get_by_role("button", name="Add 4 patients")).to_be_visible()
    expect(page).to_have_title("Import, checked · Regimen")


def test_progress_is_said_politely_and_the_focus_stays(page, clinic, watching):
    stop = page.get_by_role("button", name="Stop the check")
    stop.focus()
    with clinic.open():
        PatientImport.objects.update(state="checking")
        PatientImportRow.objects.bulk_create(
            PatientImportRow(practice=clinic.here, batch=watching, number=n, state="ready")
            for n in (2, 3)
        )
    said = page.locator("#import-said")
    expect(said).to_have_text("2 of 4 lines checked.")
    assert said.get_attribute("aria-live") == "polite"
    expect(stop).to_be_focused()
    expect(page.get_by_role("progressbar", name="Being checked")).to_have_attribute("value", "2")


def test_stopping_by_keyboard_leads_back_to_the_columns(page, clinic, watching):
    page.get_by_role("button", name="Stop the check").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What is in each column?")
    expect(page.get_by_label("DOB")).to_have_value("birth_date")
