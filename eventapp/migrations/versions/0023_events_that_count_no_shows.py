"""Whether an event makes anything of no-shows, so that registering need not look for it.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the mark, and sets it where there is a rule."""
    op.add_column("event", sa.Column("counts_no_shows", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE event SET counts_no_shows = true WHERE id IN (SELECT event_id FROM no_show_rule)")


def downgrade() -> None:
    """Takes the mark away."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_column("counts_no_shows")
