"""Reviews of plans: when their numbers freeze, until when they are accepted, withdrawn ones; actions taken over from a plan.

Revision ID: 0053
Revises: 0052
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns; what was held before has its week to be accepted from that day."""
    with op.batch_alter_table("plan_review") as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("freeze_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("reminded", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("minutes_html", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("accept_by", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE plan_review SET accept_by = planned_at WHERE state NOT IN ('planned', 'frozen')")
    with op.batch_alter_table("plan_review") as batch_op:
        batch_op.alter_column("reminded", server_default=None)
        batch_op.alter_column("minutes_html", server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_plan_review_held_has_deadline"), "state IN ('planned', 'frozen') OR accept_by IS NOT NULL"
        )
        batch_op.create_check_constraint(op.f("ck_plan_review_withdrawn_is_planned"), "withdrawn_at IS NULL OR state = 'planned'")
    with op.batch_alter_table("plan_action") as batch_op:
        batch_op.add_column(sa.Column("taken_from_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_plan_action_taken_from_id_plan_action"), "plan_action", ["taken_from_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    """Takes the columns away; a review that was withdrawn is one that nobody has planned."""
    with op.batch_alter_table("plan_action") as batch_op:
        batch_op.drop_constraint(op.f("fk_plan_action_taken_from_id_plan_action"), type_="foreignkey")
        batch_op.drop_column("taken_from_id")
    op.execute("DELETE FROM plan_review_attendee WHERE review_id IN (SELECT id FROM plan_review WHERE withdrawn_at IS NOT NULL)")
    op.execute("DELETE FROM plan_review WHERE withdrawn_at IS NOT NULL")
    with op.batch_alter_table("plan_review") as batch_op:
        batch_op.drop_constraint(op.f("ck_plan_review_withdrawn_is_planned"), type_="check")
        batch_op.drop_constraint(op.f("ck_plan_review_held_has_deadline"), type_="check")
        for column in ("accept_by", "minutes_html", "reminded", "freeze_on", "withdrawn_at"):
            batch_op.drop_column(column)
