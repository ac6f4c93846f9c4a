"""Files as spreadsheets write them, and as they should not be."""

import pytest

from practice import columns, spreadsheet
from practice.spreadsheet import NotReadable

HEADING = "First name,Last name\r\n"


def read(content, name="patients.csv"):
    return spreadsheet.read(name, content if isinstance(content, bytes) else content.encode())


def cells(content):
    return [line.cells for line in read(content).lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_letters_are_read_in_the_encodings_spreadsheets_write(encoding):
    assert cells((HEADING + "Zoë,Müller\r\n").encode(encoding)) == [["Zoë", "Müller"]]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_cells_are_separated_by_what_the_heading_has_most_of(sign):
    text = f"First name{sign}Last name{sign}Allergies\nJane{sign}Sample{sign}Soy\n"
    assert cells(text) == [["Jane", "Sample", "Soy"]]


def test_a_quoted_cell_may_hold_the_sign_quotes_and_line_ends():
    text = 'First name,Last name\n"Jane, ""Jay""","Sam\nple"\nOtto,Quill\n'
    assert [(line.number, line.cells) for line in read(text).lines] == [
        (2, ['Jane, "Jay"', "Sam\nple"]),
        (4, ["Otto", "Quill"]),
    ]


def test_blank_lines_are_passed_over_and_counted():
    assert [line.number for line in read(HEADING + "\n,\nJane,Sample\n").lines] == [4]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "The file is empty"),
        (b"\n\n", "a.csv", "The file is empty"),
        (HEADING, "a.csv", "no lines below"),
        (HEADING + "a,b", "a.xlsx", "does not end in .csv"),
        (HEADING + "a,b", "csv", "does not end in .csv"),
        (b"PK\x03\x04rest", "a.csv", "a workbook"),
        (b"\xd0\xcf\x11\xe0rest", "a.csv", "a workbook"),
        (HEADING + "a\0,b", "a.csv", "not a plain text file"),
        ((HEADING + "a,b").encode("utf-16"), "a.csv", "UTF-16"),
        (b"First name\n\x81\x8d", "a.csv", "letters of this file"),
        (HEADING + '"a,b\n' * 3, "a.csv", "line 2 on"),
        (HEADING + "a" * 200_000 + ",b", "a.csv", "cell is much too long"),
        (HEADING + "a,b\n" * 5001, "a.csv", "more than 5,000 lines"),
        ("x," * 200 + "\na", "a.csv", "more than 100 columns"),
        (HEADING + "a" * (2 * 1024 * 1024), "a.csv", "larger than 2 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_in_plain_words(content, name, said):
    with pytest.raises(NotReadable, match=said):
        read(content, name)


@pytest.mark.parametrize("cell", ["=1+1", "+18135550142", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_written_as_text_and_read_back(cell):
    written = spreadsheet.write([["First name", "Last name"], [cell, "x"]])
    assert f"'{cell}" in written
    assert cells(written)[0][0] == cell


def test_headings_are_matched_leniently():
    found = columns.guess(["Given Name", "SURNAME", "D.O.B.", "E-Mail Address", "Zip", "Shoe"])
    assert found.fields == ["first_name", "last_name", "birth_date", "email", "postal_code", ""]
    assert found.shown[-1] == ["Shoe", ""]


def test_of_two_headings_for_one_field_the_first_is_taken():
    assert columns.guess(["Phone", "Mobile"]).fields == ["phone", ""]


def test_columns_come_back_from_what_is_shown():
    found = columns.guess(["Given Name", "Surname", "Shoe"])
    assert columns.Columns.of(found.shown) == found


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (["first_name", "", ""], "which column is the Last name"),
        (["", "", "phone"], "which column is the First name and which the Last name"),
        (["first_name", "last_name", "last_name"], "“B” and “C” would both"),
    ],
)
def test_an_answer_that_leaves_a_doubt_is_refused(fields, said):
    with pytest.raises(NotReadable, match=said):
        columns.agree(["A", "B", "C"], fields)
