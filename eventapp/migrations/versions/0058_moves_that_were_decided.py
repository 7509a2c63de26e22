"""A move of an event may name the decision in which it was agreed.

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
    """Adds the column; earlier moves name none."""
    with op.batch_alter_table("conversion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decision_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_conversion_decision_id_decision"), "decision", ["decision_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    """Takes it away."""
    with op.batch_alter_table("conversion", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_conversion_decision_id_decision"), type_="foreignkey")
        batch_op.drop_column("decision_id")
