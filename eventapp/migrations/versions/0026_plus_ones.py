"""How many people each may bring along.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the number; nobody may bring anybody unless the organizer says so."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("plus_ones", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_check_constraint(op.f("ck_event_plus_ones_in_range"), "plus_ones BETWEEN 0 AND 10")


def downgrade() -> None:
    """Takes it away."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_constraint(op.f("ck_event_plus_ones_in_range"), type_="check")
        batch_op.drop_column("plus_ones")
