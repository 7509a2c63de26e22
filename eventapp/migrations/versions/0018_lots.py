"""Lots of draws, and registrations that were edited after their approval.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the table and the column."""
    op.create_table(
        "lot",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_lot_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", "position", name=op.f("pk_lot")),
        sa.UniqueConstraint("event_id", "ticket", name="uq_lot_event_id_ticket"),
    )
    op.add_column("registration", sa.Column("review_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Takes them away."""
    with op.batch_alter_table("registration") as batch_op:
        batch_op.drop_column("review_at")
    op.drop_table("lot")
