"""Acts on many registrations at once.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Makes the table, behind a wall that no partner's request sees through."""
    op.create_table(
        "bulk_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("choice", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum("queued", "done", "undone", name="actstate", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("ids", DOCUMENT, nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("done", DOCUMENT, nullable=False),
        sa.Column("became", DOCUMENT, nullable=False),
        sa.Column("refused", DOCUMENT, nullable=False),
        sa.Column("moved_up", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_bulk_act_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_bulk_act_made_by_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
    )
    op.create_index("ix_bulk_act_event_id", "bulk_act", ["event_id", "id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE bulk_act ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE bulk_act FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON bulk_act USING ({OPEN})")


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("bulk_act")
