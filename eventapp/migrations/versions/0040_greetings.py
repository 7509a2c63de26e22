"""Greetings of partners on events on video.

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

# As in 0029: without a setting there is no wall. What is shown is for everybody, the rest for the company alone.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"


def upgrade() -> None:
    """Makes the table; what is not shown stands behind the wall."""
    op.create_table(
        "greeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=280), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "shown", "declined", name="greetingstate", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(length=254), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_greeting_says_something")),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_greeting_decided_has_time")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_greeting_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_greeting_organisation_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_greeting")),
        sa.UniqueConstraint("event_id", "organisation_id", name=op.f("uq_greeting_event_id_organisation_id")),
    )
    op.create_index("ix_greeting_organisation_id", "greeting", ["organisation_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE greeting ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE greeting FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON greeting USING ({OPEN} OR state = 'shown' OR organisation_id = ANY ({COMPANIES}))")


def downgrade() -> None:
    """Takes the table away."""
    op.drop_table("greeting")
