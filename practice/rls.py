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
USER = "nullif((select current_setting('app.user_id', true)), '')::bigint"


class Protect(Operation):
    """Makes a model's table a tenant table.

    `shared` rows (practice null) are seen by all and written by all-practices code only.
    `user_column` opens a user's own rows as well, for the list of their practices.
    """

    reversible = True

    def __init__(self, model: str, *, shared: bool = False, user_column: str = ""):
        self.model = model
        self.shared = shared
        self.user_column = user_column

    def deconstruct(self):
        options = {}
        if self.shared:
            options["shared"] = True
        if self.user_column:
            options["user_column"] = self.user_column
        return type(self).__name__, [self.model], options

    def state_forwards(self, app_label, state):
        """Row-level security is no part of Django's model state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model)
        table = model._meta.db_table
        own = seen = OWN
        if self.shared:
            own = f"{OWN} OR (practice_id IS NULL AND {ALL})"
            seen = f"{OWN} OR practice_id IS NULL"
        if self.user_column:
            seen = f"{self.user_column} = {USER} OR {own}"
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant_read ON {table} FOR SELECT USING ({seen})",
            f"CREATE POLICY tenant_add ON {table} FOR INSERT WITH CHECK ({own})",
            f"CREATE POLICY tenant_change ON {table} FOR UPDATE USING ({own}) WITH CHECK ({own})",
            f"CREATE POLICY tenant_remove ON {table} FOR DELETE USING ({own})",
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_tenant UNIQUE (practice_id, id)",
            *(composite_key(table, field) for field in tenant_foreign_keys(model)),
        ):
            schema_editor.execute(statement)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Dropping the table, which the same migration does, drops all of it."""

    def describe(self):
        return f"Protect {self.model} by row-level security"


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
