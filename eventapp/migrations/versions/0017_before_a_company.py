"""Registering before it is confirmed which company somebody belongs to.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

UNCONFIRMED = "uq_organisation_unconfirmed"


def upgrade() -> None:
    """Adds the columns; the row that stands for all unconfirmed companies is made when it is first needed."""
    op.add_column("organisation", sa.Column("unconfirmed", sa.Boolean(), server_default=sa.false(), nullable=False))
    is_so = sa.text("unconfirmed")
    op.create_index(UNCONFIRMED, "organisation", ["unconfirmed"], unique=True, sqlite_where=is_so, postgresql_where=is_so)
    op.add_column("registration", sa.Column("claim", sa.String(200), server_default="", nullable=False))


def downgrade() -> None:
    """Takes them away."""
    with op.batch_alter_table("registration") as batch_op:
        batch_op.drop_column("claim")
    op.drop_index(UNCONFIRMED, "organisation")
    with op.batch_alter_table("organisation") as batch_op:
        batch_op.drop_column("unconfirmed")
