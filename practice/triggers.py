"""Triggers that write the audit trail, as migration operations.

They are ours and not django-pghistory's because any session may switch those off by a
setting (docs/decisions/012-the-audit-trail.md): what the application's role does, it
cannot help writing down.
"""

from django.db.migrations.operations.base import Operation

TRAIL = "practice_auditentry"

# Bookkeeping of the queue and of caches: a change of nothing else is no event.
QUIET = ("updated_at", "revision", "attempts", "not_before_at", "lease_until", "last_success_at")


class Audit(Operation):
    """Has every insert, update and delete of a model written to the audit trail.

    `patient` is the SQL of the patient's id in terms of `subject`, the row that was written;
    `hidden` names columns of which it is only said that they changed; `quiet` names more
    columns whose change alone is no event. `practice` is the column of the practice; '' for
    rows that the whole installation shares.
    """

    reversible = True

    def __init__(
        self,
        model: str,
        *,
        patient: str = "NULL",
        hidden: tuple[str, ...] = (),
        quiet: tuple[str, ...] = (),
        practice: str = "practice_id",
    ):
        self.model = model
        self.patient = patient
        self.hidden = tuple(hidden)
        self.quiet = tuple(quiet)
        self.practice = practice

    def deconstruct(self):
        options = {"patient": self.patient, "practice": self.practice}
        if self.hidden:
            options["hidden"] = self.hidden
        if self.quiet:
            options["quiet"] = self.quiet
        return type(self).__name__, [self.model], options

    def state_forwards(self, app_label, state):
        """Triggers are no part of Django's model state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model)
        table = model._meta.db_table
        schema_editor.execute(f"""
            CREATE FUNCTION {table}_audit() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                actor jsonb := coalesce(nullif(current_setting('app.actor', true), ''), '{{}}');
                hidden text[] := {_array(self.hidden)};
                quiet text[] := {_array((*QUIET, *self.quiet))};
                earlier jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{{}}' ELSE to_jsonb(OLD) END;
                later jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{{}}' ELSE to_jsonb(NEW) END;
                changed jsonb;
                subject {table};
            BEGIN
                IF TG_OP = 'DELETE' THEN subject := OLD; ELSE subject := NEW; END IF;
                SELECT jsonb_object_agg(name, CASE WHEN name = ANY (hidden) THEN '["…", "…"]'
                    ELSE jsonb_build_array(earlier -> name, later -> name) END)
                INTO changed FROM jsonb_object_keys(earlier || later) AS name
                WHERE earlier -> name IS DISTINCT FROM later -> name
                AND NOT (coalesce(earlier -> name, 'null') IN ('null', '""')
                         AND coalesce(later -> name, 'null') IN ('null', '""'))
                AND name <> ALL (quiet);
                IF changed IS NULL THEN
                    RETURN NULL;
                END IF;
                INSERT INTO {TRAIL} (
                    practice_id, at, action, kind, object_id, patient_id, user_id, who, via,
                    request_id, address, reason, detail
                ) VALUES (
                    {f"subject.{self.practice}" if self.practice else "NULL"}, clock_timestamp(),
                    CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed'
                        ELSE 'deleted' END,
                    '{model._meta.label_lower}', subject.id, {self.patient},
                    (actor ->> 'user_id')::bigint, coalesce(actor ->> 'who', ''),
                    coalesce(actor ->> 'via', ''), coalesce(actor ->> 'request_id', ''),
                    coalesce(actor ->> 'address', ''), coalesce(actor ->> 'reason', ''), changed
                );
                RETURN NULL;
            END $$
        """)
        schema_editor.execute(
            f"CREATE TRIGGER {table}_audit AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_audit()"
        )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"DROP TRIGGER {table}_audit ON {table}")
        schema_editor.execute(f"DROP FUNCTION {table}_audit()")

    def describe(self):
        return f"Write changes of {self.model} to the audit trail"


class Unaudit(Audit):
    """Takes away what `Audit` with the same arguments made, to make another."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        super().database_backwards(app_label, schema_editor, to_state, from_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Write changes of {self.model} to the audit trail no more"


class AppendOnly(Operation):
    """Lets rows of a table be added and nothing else, each stamped by the database's clock.

    The rights to change and remove rows are taken from every role but the owner's, and
    triggers refuse both to the owner's, too: who means it must take those away first.
    """

    reversible = True

    def __init__(self, model: str, clock: str = "at"):
        self.model = model
        self.clock = clock

    def deconstruct(self):
        return type(self).__name__, [self.model], {"clock": self.clock}

    def state_forwards(self, app_label, state):
        """Rights and triggers are no part of Django's model state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"""
            DO $$ DECLARE other name; BEGIN
                FOR other IN SELECT DISTINCT grantee::regrole::name FROM pg_class,
                    aclexplode(relacl) WHERE oid = '{table}'::regclass
                    AND grantee <> relowner AND grantee <> 0
                LOOP
                    EXECUTE 'REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM '
                        || quote_ident(other);
                END LOOP;
                REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM PUBLIC;
            END $$
        """)
        schema_editor.execute(f"""
            CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    NEW.{self.clock} := clock_timestamp();
                    RETURN NEW;
                END IF;
                RAISE insufficient_privilege USING MESSAGE = '{table} is append-only';
            END $$
        """)
        schema_editor.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
        )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        schema_editor.execute(f"DROP FUNCTION {table}_append_only()")

    def describe(self):
        return f"Let rows of {self.model} be added only"


def _array(names) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"
