"""A company sees certificates, their notices and waivers of its members only: not of who was one, or asks to be one.

Revision ID: 0049
Revises: 0048
"""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

# As in 0042, which let every membership through whatever its state.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
ACTIVE = " AND state = 'active'"


def upgrade() -> None:
    """Draws the walls anew."""
    _draw(ACTIVE)


def downgrade() -> None:
    """The walls as they were."""
    _draw("")


def _draw(state: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    members = f"SELECT DISTINCT person_id FROM membership WHERE organisation_id = ANY ({COMPANIES}){state}"
    of_members = f"person_id = {PERSON} OR person_id = ANY (ARRAY({members}))"
    walls = {
        "certificate": of_members,
        "certificate_notice": f"certificate_id = ANY (ARRAY(SELECT id FROM certificate WHERE {of_members}))",
        "waiver": of_members,
    }
    for table, visible in walls.items():
        op.execute(f"DROP POLICY wall ON {table}")
        op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {visible})")
