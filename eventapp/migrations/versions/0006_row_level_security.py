"""Row-level security on Postgres: what a partner's request may see (core/wall.py).

A setting that is not there, or empty, means that there is no wall. FORCE holds the owner of the tables to it as well;
superusers pass, which `eventapp doctor` warns of.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# In subqueries, so that they are read once for each statement and not for each row.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
LOGIN = "(SELECT nullif(current_setting('eventapp.login', true), '')::int)"

OF_COMPANY = f"organisation_id = ANY ({COMPANIES})"
OF_PERSON = f"person_id = {PERSON}"
OF_LOGIN = f"user_id = {LOGIN}"
OF_VISIBLE_PERSON = "person_id IN (SELECT id FROM person)"
NOBODY = "false"

# Table → what a partner's request sees of it.
VISIBLE = {
    "organisation": f"id = ANY ({COMPANIES}) OR id IN (SELECT organisation_id FROM membership)",
    **dict.fromkeys(
        [
            *("organisation_type", "identifier", "email_domain", "alias", "missing_supplier", "organisation_word"),
            *("company_quota", "registration_tally", "company_provider"),
        ],
        OF_COMPANY,
    ),
    "relationship": f"from_id = ANY ({COMPANIES}) OR to_id = ANY ({COMPANIES})",
    "membership": f"{OF_COMPANY} OR {OF_PERSON}",
    "person": f"id = {PERSON} OR id IN (SELECT person_id FROM membership) OR id IN (SELECT person_id FROM registration)",
    "person_email": OF_VISIBLE_PERSON,
    "person_word": OF_VISIBLE_PERSON,
    "registration": f"{OF_COMPANY} OR {OF_PERSON}",
    "needs": f"registration_id IN (SELECT id FROM registration WHERE {OF_PERSON})",
    "consent": OF_PERSON,
    "objection": OF_PERSON,
    "company_request": OF_PERSON,
    "user_account": f"id = {LOGIN} OR id IN (SELECT user_id FROM person)",
    **dict.fromkeys(
        [
            *("user_grant", "user_session", "passkey", "recovery_code", "account_link", "identity"),
            *("territory", "event_staff"),
        ],
        OF_LOGIN,
    ),
    "audit_entry": f"{OF_COMPANY} OR actor_user_id = {LOGIN}",
    **dict.fromkeys(
        [
            *("outbox_mail", "import_batch", "import_row", "import_mapping", "merge", "purge"),
            *("identity_provider", "provider_group"),
        ],
        NOBODY,
    ),
}


def upgrade() -> None:
    """Raises the wall. SQLite has none."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, condition in VISIBLE.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the wall away."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in VISIBLE:
        op.execute(f"DROP POLICY wall ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
