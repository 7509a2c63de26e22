"""Sets of groups for whoever has a place in a session.

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the session; so far nobody asks for one."""
    with op.batch_alter_table("group_set") as batch_op:
        batch_op.add_column(sa.Column("session_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_group_set_session_id_agenda_session"), "agenda_session", ["session_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index("ix_group_set_session_id", ["session_id"])


def downgrade() -> None:
    """Takes it away."""
    with op.batch_alter_table("group_set") as batch_op:
        batch_op.drop_index("ix_group_set_session_id")
        batch_op.drop_constraint(op.f("fk_group_set_session_id_agenda_session"), type_="foreignkey")
        batch_op.drop_column("session_id")
