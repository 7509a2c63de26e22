"""One row for the vendor itself, with whom its guests come.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

VENDOR = "uq_organisation_vendor"


def upgrade() -> None:
    """Lets there be one such row at most; it is made when it is first needed."""
    is_so = sa.text("kind = 'vendor'")
    op.create_index(VENDOR, "organisation", ["kind"], unique=True, sqlite_where=is_so, postgresql_where=is_so)


def downgrade() -> None:
    """Takes the limit away."""
    op.drop_index(VENDOR, "organisation")
