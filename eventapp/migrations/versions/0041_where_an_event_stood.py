"""When an event would have started before it was moved.

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the moment; of what was moved before nobody knows it."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("previous_starts_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Takes it away."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_column("previous_starts_at")
