"""Registrations remember that they ended as an offer.

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the mark; whoever cancelled before was not only offered the place, as far as we know."""
    op.add_column("registration", sa.Column("was_offered", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Takes the mark away."""
    op.drop_column("registration", "was_offered")
