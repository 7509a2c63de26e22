"""Events that were moved with everybody: what became of them, and what is needed to take it back.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

# As in 0006: without a setting there is no wall.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
MOVED = ("virtual", "in_person", "date", "back")
KINDS = ("virtual", "in_person", "date")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Adds the table, for nobody but the vendor, and what the banner says; no event was moved yet."""
    moved = sa.Enum(*MOVED, name="moved", native_enum=False, create_constraint=False, length=24)
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("moved", moved, nullable=True))
        batch_op.add_column(sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("moved_note", sa.String(length=500), server_default="", nullable=False))
        batch_op.add_column(sa.Column("needs_until", sa.Date(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_event_moved"), "moved IN ('virtual', 'in_person', 'date', 'back')")
        batch_op.create_check_constraint(op.f("ck_event_moved_has_time"), "(moved IS NULL) = (moved_at IS NULL)")
    kind = sa.Enum(*KINDS, name="conversionkind", native_enum=False, create_constraint=True, length=24)
    op.create_table(
        "conversion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=254), nullable=False),
        sa.CheckConstraint("undone_at IS NOT NULL OR undone_by = ''", name=op.f("ck_conversion_undone_has_time")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_conversion_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversion")),
    )
    op.create_index("ix_conversion_event_id", "conversion", ["event_id", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE conversion ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE conversion FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON conversion USING ({OPEN} OR false)")


def downgrade() -> None:
    """Takes all of it away."""
    op.drop_table("conversion")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_constraint(op.f("ck_event_moved_has_time"), type_="check")
        batch_op.drop_constraint(op.f("ck_event_moved"), type_="check")
        for name in ("needs_until", "moved_note", "moved_at", "moved"):
            batch_op.drop_column(name)
