"""Asking people how a run was: when each was asked.

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the moment."""
    op.add_column("enrolment", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Takes it away."""
    op.drop_column("enrolment", "asked_at")
