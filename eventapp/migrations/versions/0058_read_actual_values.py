"""When the actual values of a plan were last read from training and registrations.

Revision ID: 0058
Revises: 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the moment; nothing was read yet."""
    op.add_column("plan", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forgets it; the values stay."""
    op.drop_column("plan", "read_at")
