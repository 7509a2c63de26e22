"""Preparations of workshops know what they are and how long before it they are due; workshops, what was asked and when.

Revision ID: 0055
Revises: 0054
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

KINDS = ("strategy", "swot", "numbers", "accounts", "objectives", "limits", "own")


def upgrade() -> None:
    """Adds the columns; what was prepared before is of the side's own kind."""
    kind = sa.Enum(*KINDS, name="prepkind", native_enum=False, create_constraint=False, length=24)
    with op.batch_alter_table("plan_prep_task") as batch_op:
        batch_op.add_column(sa.Column("kind", kind, server_default="own", nullable=False))
        batch_op.add_column(sa.Column("days_before", sa.Integer(), nullable=True))
        named = ", ".join(f"'{one}'" for one in KINDS)
        batch_op.create_check_constraint(op.f("ck_plan_prep_task_prepkind"), f"kind IN ({named})")
    for name in ("dated_at", "answers_asked_at", "facts_asked_at"):
        op.add_column("plan_workshop", sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Takes the columns away."""
    for name in ("facts_asked_at", "answers_asked_at", "dated_at"):
        op.drop_column("plan_workshop", name)
    with op.batch_alter_table("plan_prep_task") as batch_op:
        batch_op.drop_constraint(op.f("ck_plan_prep_task_prepkind"), type_="check")
        batch_op.drop_column("days_before")
        batch_op.drop_column("kind")
