"""Own texts and switches of messages, who has got what. On Postgres no partner's request sees any of it.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eventapp.core.db import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# A setting that is not there, or empty, means that there is no wall (0006).
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
TABLES = ("message_setting", "message_text", "message_sent", "message_run")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def _of_event(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_event_id_event")
    return sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Makes the tables; no event has anything of its own yet."""
    # Not in batch mode: rebuilding the table would take along what hangs on its rows.
    op.add_column("event", sa.Column("own_messages", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "message_setting",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=True),
        _of_event("message_setting"),
        sa.CheckConstraint("hour IS NULL OR (hour >= 0 AND hour <= 23)", name=op.f("ck_message_setting_hour_of_a_day")),
        sa.PrimaryKeyConstraint("event_id", "kind", name=op.f("pk_message_setting")),
    )
    op.create_table(
        "message_text",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _of_event("message_text"),
        sa.PrimaryKeyConstraint("event_id", "kind", "language", name=op.f("pk_message_text")),
    )
    op.create_table(
        "message_sent",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        _of_event("message_sent"),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_message_sent_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("outcome IN ('sent', 'skipped')", name=op.f("ck_message_sent_outcome")),
        sa.PrimaryKeyConstraint("registration_id", "kind", name=op.f("pk_message_sent")),
    )
    op.create_index("ix_message_sent_event_id_kind", "message_sent", ["event_id", "kind", "outcome"])
    op.create_table(
        "message_run",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("changes", JSON, nullable=False),
        _of_event("message_run"),
        sa.PrimaryKeyConstraint("event_id", "kind", name=op.f("pk_message_run")),
    )
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN})")


def downgrade() -> None:
    """Drops the tables."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("event", "own_messages")
