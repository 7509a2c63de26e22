"""What a company has entered about its people, where the person's own may differ.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = ("given_name", "family_name", "sort_key", "phone", "address")


def upgrade() -> None:
    """Adds the columns; until a company enters something of its own, what is known of the person stands."""
    folded = sa.String(220).with_variant(sa.String(220, collation="C"), "postgresql")
    op.add_column("membership", sa.Column("given_name", sa.String(100)))
    op.add_column("membership", sa.Column("family_name", sa.String(100)))
    op.add_column("membership", sa.Column("sort_key", folded))
    op.add_column("membership", sa.Column("phone", sa.String(20)))
    op.add_column("membership", sa.Column("address", sa.String(254)))


def downgrade() -> None:
    """Takes them away."""
    with op.batch_alter_table("membership") as batch_op:
        for name in COLUMNS:
            batch_op.drop_column(name)
