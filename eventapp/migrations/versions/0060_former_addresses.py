"""Mails that the mail server holds up.

Revision ID: 0060
Revises: 0059
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the mark; what held up the mails of before was not written down."""
    op.add_column("outbox_mail", sa.Column("held_up", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Forgets it; the mails stay."""
    op.drop_column("outbox_mail", "held_up")
