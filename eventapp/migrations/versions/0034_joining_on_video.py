"""Joining on video: how an event is joined, and who arrived.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# As in 0029: without a setting there is no wall.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
OWN = f"organisation_id = ANY ({COMPANIES}) OR person_id = {PERSON}"
VISIBLE = f"registration_id = ANY (ARRAY(SELECT id FROM registration WHERE {OWN}))"


def upgrade() -> None:
    """Makes the tables; arrivals stand behind the wall."""
    op.create_table(
        "joining",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("opens_minutes", sa.Integer(), nullable=False),
        sa.Column("in_person_may_follow", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("test_url", sa.String(length=500), nullable=False),
        sa.Column("recording_url", sa.String(length=500), nullable=False),
        sa.Column("recording_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("opens_minutes BETWEEN 0 AND 1440", name=op.f("ck_joining_opens_within_day")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_joining_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_joining")),
    )
    op.create_table(
        "arrival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.CheckConstraint("clicks > 0", name=op.f("ck_arrival_clicked")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_arrival_registration_id_registration"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_arrival_session_id_agenda_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("registration_id", "session_id", name=op.f("uq_arrival_registration_id_session_id")),
    )
    with op.batch_alter_table("arrival") as batch_op:
        batch_op.create_index("ix_arrival_session_id", ["session_id"])
        batch_op.create_index(
            "uq_arrival_registration_id",
            ["registration_id"],
            unique=True,
            sqlite_where=sa.text("session_id IS NULL"),
            postgresql_where=sa.text("session_id IS NULL"),
        )
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE arrival ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE arrival FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY wall ON arrival USING ({OPEN} OR {VISIBLE})")


def downgrade() -> None:
    """Takes the tables away."""
    op.drop_table("arrival")
    op.drop_table("joining")
