"""What `statements` takes for a statement that says whose rows it means, and what it does not."""

import pytest

from tests.isolation.statements import anybodys

PATIENT, PLAN = '"practice_patient"', '"recommendations_plan"'

NAMED = [
    f'SELECT * FROM {PATIENT} WHERE {PATIENT}."practice_id" = %s',
    f'SELECT * FROM {PATIENT} WHERE {PATIENT}."id" = %s LIMIT 21',
    f'UPDATE {PATIENT} SET "sex" = %s WHERE ({PATIENT}."id" = %s AND {PATIENT}."sex" = %s)',
    f'DELETE FROM {PLAN} WHERE {PLAN}."id" IN (%s, %s)',
    'SELECT * FROM "recommendations_planitem" WHERE "recommendations_planitem"."plan_id" IN (%s)',
    f'SELECT * FROM {PATIENT} WHERE ({PATIENT}."practice_id" = %s AND EXISTS(SELECT 1 FROM {PLAN}'
    f' U0 WHERE (U0."practice_id" = ({PATIENT}."practice_id")) LIMIT 1))',
]
ANYBODYS = [
    (f"SELECT * FROM {PATIENT}", []),
    (f'SELECT * FROM {PATIENT} WHERE {PATIENT}."id" IN (%s, %s)', ["id"]),
    (
        f'SELECT * FROM {PATIENT} WHERE ({PATIENT}."sex" = %s AND {PATIENT}."id" = %s)',
        ["id", "sex"],
    ),
    (
        f'SELECT * FROM {PATIENT} INNER JOIN "practice_practice" ON ({PATIENT}."practice_id" = '
        f'"practice_practice"."id") WHERE "practice_practice"."name" = %s',
        [],
    ),
    (
        f'SELECT * FROM {PATIENT} WHERE {PATIENT}."practitioner_id" IN (SELECT U0."id" FROM '
        f'"practice_membership" U0 WHERE U0."practice_id" = %s)',
        [],
    ),
    (
        f'SELECT * FROM "auth_user" WHERE EXISTS(SELECT 1 FROM {PATIENT} U0 WHERE '
        f'U0."practice_id" = %s) AND EXISTS(SELECT 1 FROM {PATIENT} U0 WHERE U0."sex" = %s)',
        ["sex"],
    ),
    (f'UPDATE {PATIENT} SET "practice_id" = %s WHERE {PATIENT}."sex" = %s', ["sex"]),
]


@pytest.mark.parametrize("statement", NAMED)
def test_a_statement_that_says_whose_rows_it_means(statement):
    assert anybodys([statement]) == []


@pytest.mark.parametrize(("statement", "columns"), ANYBODYS)
def test_a_statement_that_anybodys_rows_fit(statement, columns):
    assert [columns for _, *columns in anybodys([statement])] == [columns]
