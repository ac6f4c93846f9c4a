"""Statements as they are sent to the database, and whether each says whose rows it means."""

import contextlib
import re

from django.db import connection

from tests.isolation.rows import tenant_models

MEANT = re.compile(r'(?:FROM|UPDATE) "(\w+)"(?: ([A-Z]\d+))?')

# Rows that hang on one row are read by that row, which was found in the practice before.
PARENTS = {
    "deliveries_delivery": {"patient_id", "plan_id"},
    "deliveries_deliveryevent": {"delivery_id"},
    "deliveries_proof": {"delivery_id"},
    "practice_patientimportfile": {"batch_id"},
    "practice_patientimportrow": {"batch_id", "patient_id"},
    "practice_patientlink": {"patient_id"},
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
    nor its parent's id, nor by its own alone, as a row is that was found before."""
    tables = {model._meta.db_table for model in tenant_models()}
    found = set()
    for statement in statements:
        for table, alias in MEANT.findall(statement):
            if table not in tables:
                continue
            row = re.escape(alias or f'"{table}"')
            named = set(re.findall(rf'{row}\."(\w+)" (?:=|IN|IS NULL)', statement))
            given = set(re.findall(rf'{row}\."(\w+)" (?:= (?!")|IN|IS NULL)', statement))
            is_found = given == {"id"} or ("id" in named and not statement.startswith("SELECT"))
            if not is_found and not named & ({"practice_id"} | PARENTS.get(table, set())):
                found.add((table, *sorted(named)))
    return sorted(found)
