"""Owners of a suspended plan say that they want to go on.

Revision ID: 0054
Revises: 0053
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

OWNERS = ("resume_a_at", "resume_b_at")


def upgrade() -> None:
    """Adds since when each owner does; nobody has said so yet."""
    for name in OWNERS:
        op.add_column("plan", sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forgets it: suspended plans stay suspended."""
    for name in OWNERS:
        op.drop_column("plan", name)
