"""The database itself refuses to change what was recorded."""

from django.db import migrations

_TABLES = ("ledger_event", "ledger_seal", "ledger_dailyroot")

_FORBID = """
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on %', TG_OP, TG_TABLE_NAME;
END $$;
""" + "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();\n"
    for table in _TABLES
)
_ALLOW = "".join(f"DROP TRIGGER append_only ON {table};\n" for table in _TABLES) + (
    "DROP FUNCTION ledger_is_append_only();"
)


class Migration(migrations.Migration):
    """Triggers on the tables of the ledger."""

    dependencies = (("ledger", "0001_initial"),)
    operations = (migrations.RunSQL(_FORBID, _ALLOW),)
