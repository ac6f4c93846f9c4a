"""Row-level security, as migration operations.

`Protect("Patient")` stands in the migration that makes a tenant table: it enables and
forces row-level security, adds the policy, a unique (practice_id, id) for others to point
at, and one composite foreign key for every foreign key to another tenant table, so that
the database itself refuses a row of one practice that points into another.

Policies read the settings of `tenancy` through scalar sub-selects, which PostgreSQL
evaluates once a query; a volatile function would be called once a row.
"""

from django.db.migrations.operations.base import Operation

ALL = "(select current_setting('app.all_practices', true)) = 'on'"
# A range, because `practice_id = … OR <all>` would use no index: rows that are asked for by
# another key than the practice, as those behind a foreign key are, would be looked for in
# the whole table. No setting makes both ends null, which no row lies between.
LOWEST, HIGHEST = (
    "(select CASE WHEN current_setting('app.all_practices', true) = 'on' "
    f"THEN {end} ELSE nullif(current_setting('app.practice_id', true), '')::bigint END)"
    for end in (0, 2**63 - 1)
)
OWN = f"practice_id BETWEEN {LOWEST} AND {HIGHEST}"
# Null where nothing is narrowed. A scalar sub-select: evaluated once a query.
ONLY_OF = (
    "(select string_to_array(nullif(current_setting('app.only_of', true), ''), ','))::bigint[]"
)
USER = "nullif((select current_setting('app.user_id', true)), '')::bigint"


class Protect(Operation):
    """Makes a model's table a tenant table.

    `shared` rows (practice null) are seen by all and written by all-practices code only;
    `operator` rows (practice null) are seen by all-practices code only, too. `user_column`
    opens a user's own rows as well, for the list of their practices. `append_only` leaves
    the policies for changing and removing rows out: the application's role can do neither.
    """

    reversible = True

    def __init__(
        self,
        model: str,
        *,
        shared: bool = False,
        operator: bool = False,
        user_column: str = "",
        append_only: bool = False,
    ):
        self.model = model
        self.options = {
            name: value
            for name, value in (
                ("shared", shared),
                ("operator", operator),
                ("user_column", user_column),
                ("append_only", append_only),
            )
            if value
        }

    def deconstruct(self):
        return type(self).__name__, [self.model], self.options

    def state_forwards(self, app_label, state):
        """Row-level security is no part of Django's model state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model)
        table = model._meta.db_table
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            *policies(table, **self.options),
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_tenant UNIQUE (practice_id, id)",
            *(composite_key(table, field) for field in tenant_foreign_keys(model)),
        ):
            schema_editor.execute(statement)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Dropping the table, which the same migration does, drops all of it."""

    def describe(self):
        return f"Protect {self.model} by row-level security"


class ProtectCommon(Operation):
    """Lets a table that belongs to no practice be read by all and written by all-practices code
    only: the operator's staff."""

    reversible = True

    def __init__(self, model: str):
        self.model = model

    def deconstruct(self):
        return type(self).__name__, [self.model], {}

    def state_forwards(self, app_label, state):
        """Row-level security is no part of Django's model state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY common_read ON {table} FOR SELECT USING (true)",
            f"CREATE POLICY common_add ON {table} FOR INSERT WITH CHECK ({ALL})",
            f"CREATE POLICY common_change ON {table} FOR UPDATE USING ({ALL}) WITH CHECK ({ALL})",
            f"CREATE POLICY common_remove ON {table} FOR DELETE USING ({ALL})",
        ):
            schema_editor.execute(statement)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Dropping the table, which the same migration does, drops all of it."""

    def describe(self):
        return f"Let {self.model} be written by the operator's staff only"


class ProtectAnew(Protect):
    """Gives a table that is protected already other policies."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        for name in POLICIES:
            schema_editor.execute(f"DROP POLICY IF EXISTS {name} ON {table}")
        for statement in policies(table, **self.options):
            schema_editor.execute(statement)

    def describe(self):
        return f"Give {self.model} other policies"


class Restrict(Operation):
    """Narrows a table to the patients of `Scope.only_of`, where that is set.

    `column` holds the membership whose patients they are; otherwise `via` is the foreign
    key to a table that is restricted itself. With neither, who is narrowed sees nothing.
    """

    reversible = True

    def __init__(self, model: str, *, column: str = "", via: str = ""):
        self.model = model
        given = {"column": column, "via": via}
        self.options = {name: value for name, value in given.items() if value}

    def deconstruct(self):
        return type(self).__name__, [self.model], self.options

    def state_forwards(self, app_label, state):
        """Row-level security is no part of Django's model state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model)
        among = "false"
        if column := self.options.get("column"):
            among = f"{column} = ANY ({ONLY_OF})"
        elif via := self.options.get("via"):
            field = model._meta.get_field(via)
            among = f"{field.column} IN (SELECT id FROM {field.remote_field.model._meta.db_table})"
        schema_editor.execute(
            f"CREATE POLICY tenant_own_patients ON {model._meta.db_table} AS RESTRICTIVE "
            f"FOR ALL USING ({ONLY_OF} IS NULL OR {among}) WITH CHECK (true)"
        )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"DROP POLICY tenant_own_patients ON {table}")

    def describe(self):
        return f"Narrow {self.model} to a practitioner's own patients"


class ProtectForeignKey(Operation):
    """Adds the composite key of a TenantForeignKey that a later migration brings."""

    reversible = True

    def __init__(self, model: str, field: str):
        self.model = model
        self.field = field

    def deconstruct(self):
        return type(self).__name__, [self.model, self.field], {}

    def state_forwards(self, app_label, state):
        """Composite keys are no part of Django's model state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model)
        schema_editor.execute(
            composite_key(model._meta.db_table, model._meta.get_field(self.field))
        )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Dropping the column, which the same migration does, drops the key."""

    def describe(self):
        return f"Tie {self.model}.{self.field} to its practice"


class ProtectReference(Operation):
    """Lets a foreign key to shared-or-own rows point at shared rows and the practice's own.

    A composite key cannot say that, so a trigger does. It sees what its caller sees, and
    answers the same for another practice's row and for one that does not exist.
    """

    reversible = True

    def __init__(self, model: str, field: str):
        self.model = model
        self.field = field

    def deconstruct(self):
        return type(self).__name__, [self.model, self.field], {}

    def state_forwards(self, app_label, state):
        """Triggers are no part of Django's model state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table, column, name, target = self._names(app_label, to_state)
        schema_editor.execute(f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NOT EXISTS (
                    SELECT FROM {target} WHERE id = NEW.{column}
                    AND (practice_id IS NULL OR practice_id = NEW.practice_id)
                ) THEN
                    RAISE foreign_key_violation
                    USING MESSAGE = '{table}.{column} points at no row of this practice';
                END IF;
                RETURN NULL;
            END $$
        """)
        schema_editor.execute(f"""
            CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OF practice_id, {column}
            ON {table} FOR EACH ROW WHEN (NEW.{column} IS NOT NULL) EXECUTE FUNCTION {name}()
        """)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table, _, name, _ = self._names(app_label, to_state)
        schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
        schema_editor.execute(f"DROP FUNCTION {name}()")

    def describe(self):
        return f"Keep {self.model}.{self.field} within its practice"

    def _names(self, app_label, state):
        model = state.apps.get_model(app_label, self.model)
        field = model._meta.get_field(self.field)
        table = model._meta.db_table
        name = f"{table}_{field.column}_shared_or_own"[:63]
        return table, field.column, name, field.remote_field.model._meta.db_table


POLICIES = ("tenant_read", "tenant_add", "tenant_change", "tenant_remove")


def policies(table, *, shared=False, operator=False, user_column="", append_only=False):
    """The statements that make a table's policies; `Protect` says what the options mean."""
    own = seen = OWN
    if operator:
        # Not an OR: it would be taken for half a percent of the rows, and the newest few of a
        # practice be looked for by sorting all of its. Queries name their practice themselves.
        own = seen = f"CASE WHEN practice_id IS NULL THEN {ALL} ELSE {OWN} END"
    if shared:
        own = f"{OWN} OR (practice_id IS NULL AND {ALL})"
        seen = f"{OWN} OR practice_id IS NULL"
    if user_column:
        seen = f"{user_column} = {USER} OR {own}"
    yield f"CREATE POLICY tenant_read ON {table} FOR SELECT USING ({seen})"
    yield f"CREATE POLICY tenant_add ON {table} FOR INSERT WITH CHECK ({own})"
    if append_only:
        return
    yield f"CREATE POLICY tenant_change ON {table} FOR UPDATE USING ({own}) WITH CHECK ({own})"
    yield f"CREATE POLICY tenant_remove ON {table} FOR DELETE USING ({own})"


def tenant_foreign_keys(model):
    return [
        field
        for field in model._meta.local_fields
        if field.many_to_one and getattr(field, "within_practice", False)
    ]


def composite_key(table, field):
    target = field.remote_field.model._meta.db_table
    name = f"{table}_{field.column}_tenant"[:63]
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} "
        f"FOREIGN KEY (practice_id, {field.column}) REFERENCES {target} (practice_id, id) "
        f"DEFERRABLE INITIALLY DEFERRED"
    )
