"""Parts of events that are taken out again, until when people may cancel, and events without a waiting list.

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Gives parts an id of their own, by which a move of the event finds them again. Nothing has written any before."""
    op.drop_table("event_part")
    op.create_table(
        "event_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_event_part_ends_after_start")),
        sa.CheckConstraint("number > 0", name=op.f("ck_event_part_number_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_part_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_part")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_event_part_event_id_number")),
    )
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("waits", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("cancel_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Takes it away, and with it all parts."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_column("cancel_until")
        batch_op.drop_column("waits")
    op.drop_table("event_part")
    op.create_table(
        "event_part",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_event_part_ends_after_start")),
        sa.CheckConstraint("number > 0", name=op.f("ck_event_part_number_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_part_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", "number", name=op.f("pk_event_part")),
    )
