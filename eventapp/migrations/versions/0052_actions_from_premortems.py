"""Actions of plans say which item of a decision's premortem they prevent.

Revision ID: 0052
Revises: 0051
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the item; one action at most for each."""
    with op.batch_alter_table("plan_action", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decision_risk_id", sa.Integer(), nullable=True))
        batch_op.create_index("uq_plan_action_decision_risk_id", ["decision_risk_id"], unique=True)
        batch_op.create_foreign_key(
            "fk_plan_action_decision_risk_id_decision_risk", "decision_risk", ["decision_risk_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    """Takes it away; the actions stay."""
    with op.batch_alter_table("plan_action", schema=None) as batch_op:
        batch_op.drop_constraint("fk_plan_action_decision_risk_id_decision_risk", type_="foreignkey")
        batch_op.drop_index("uq_plan_action_decision_risk_id")
        batch_op.drop_column("decision_risk_id")
