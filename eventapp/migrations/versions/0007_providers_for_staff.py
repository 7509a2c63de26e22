"""Which sign-in providers are the vendor's own, and may therefore give roles.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; what is there already gives no roles."""
    op.add_column("identity_provider", sa.Column("for_staff", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Takes the column away."""
    with op.batch_alter_table("identity_provider") as batch_op:
        batch_op.drop_column("for_staff")
