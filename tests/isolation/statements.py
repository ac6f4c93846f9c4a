"""Statements as they are sent to the database, and whether each says whose rows it means."""

import contextlib
import re

from django.db import connection

from tests.isolation.rows import tenant_models

MEANT = re.compile(r'(?:DELETE FROM|FROM|UPDATE) "(\w+)"(?: ([A-Z]\d+))?')

# Rows that hang on one row are read by that row, which was found in the practice before.
PARENTS = {
    "deliveries_delivery": {"patient_id", "plan_id"},
    "deliveries_deliveryevent": {"delivery_id"},
    "deliveries_proof": {"delivery_id"},
    # A person's own, in whichever practice.
    "practice_membership": {"user_id"},
    "practice_patientimportfile": {"batch_id"},
    "practice_patientimportrow": {"batch_id", "patient_id"},
    "practice_patientmerge": {"kept_id"},
    "recommendations_dose": {"item_id"},
    "recommendations_labresult": {"order_id"},
    "recommendations_orderreading": {"link_id"},
    "recommendations_pack": {"plan_id"},
    "recommendations_packpill": {"pack_id"},
    "recommendations_planitem": {"plan_id"},
    "recommendations_protocolitem": {"protocol_id"},
    "recommendations_sending": {"plan_id"},
}


@contextlib.contextmanager
def recorded(kept: set):
    """Adds every statement that is sent meanwhile to `kept`."""

    def note(execute, sql, params, many, context):
        kept.add(sql if isinstance(sql, str) else sql.as_string(None))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield kept


def anybodys(statements):
    """[table, the columns that narrow it] of what is read or changed by neither the practice
    nor its parent's id, nor by its own alone, as a row is that was found before. A join narrows
    nothing: what it leads to may be anybody's."""
    tables = {model._meta.db_table for model in tenant_models()}
    found = set()
    for statement in statements:
        for table, row, part in parts(statement):
            if table not in tables:
                continue
            given = set(re.findall(rf'{row}\."(\w+)" (?:= (?!")|IN \((?!SELECT)|IS NULL)', part))
            named = given & ({"practice_id"} | PARENTS.get(table, set()))
            if not named and not was_found(row, part):
                found.add((table, *sorted(given)))
    return sorted(found)


def parts(statement):
    """(table, its name there, how its rows are chosen) for each that is read or changed. Two
    selects within one statement may use the same name."""
    for meant in MEANT.finditer(statement):
        table, alias = meant.groups()
        yield table, re.escape(alias or f'"{table}"'), enclosed(statement, meant.start())


def enclosed(statement, start):
    """From `start` to the end of the innermost brackets around it."""
    depth = 0
    for end in range(start, len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[end], 0)
        if depth < 0:
            return statement[start:end]
    return statement[start:]


def was_found(row, part):
    """Read by its own id, and asked nothing else; or changed by it."""
    if part.startswith(("UPDATE", "DELETE")):
        return re.search(rf'{row}\."id" (?:=|IN)', part)
    return re.search(rf' WHERE {row}\."id" = %s(?: ORDER BY| LIMIT| FOR UPDATE|$)', part)
