"""When the actual values of a plan were last read from training and registrations.

Revision ID: 0059
Revises: 0058
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the moment; nothing was read yet."""
    op.add_column("plan", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forgets it; the values stay."""
    op.drop_column("plan", "read_at")
