"""Secret addresses of private calendars.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# As in 0029: without a setting there is no wall; behind it everybody sees their own.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
OWN = f"registration_id = ANY (ARRAY(SELECT id FROM registration WHERE person_id = {PERSON}))"


def upgrade() -> None:
    """Makes the table, behind the wall."""
    op.create_table(
        "agenda_feed",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_agenda_feed_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_agenda_feed")),
        sa.UniqueConstraint("token", name=op.f("uq_agenda_feed_token")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE agenda_feed ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE agenda_feed FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON agenda_feed USING ({OPEN} OR {OWN})")


def downgrade() -> None:
    """Drops the table; the addresses lead nowhere then."""
    op.drop_table("agenda_feed")
