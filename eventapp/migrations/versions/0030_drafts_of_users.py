"""Drafts of a company's form belong to whoever typed them.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BY_COMPANY = "uq_answer_draft_event_id_organisation_id"
BY_USER = "uq_answer_draft_event_id_organisation_id_user_id"


def upgrade() -> None:
    """Adds the user. No draft of a company was ever kept before, since no page offered it."""
    with op.batch_alter_table("answer_draft") as batch_op:
        batch_op.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_answer_draft_user_id_user_account"), "user_account", ["user_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.drop_constraint(op.f(BY_COMPANY), type_="unique")
        batch_op.create_unique_constraint(op.f(BY_USER), ["event_id", "organisation_id", "user_id"])


def downgrade() -> None:
    """Takes it away, with the drafts that have one: two of a company could not be told apart."""
    op.execute("DELETE FROM answer_draft WHERE user_id IS NOT NULL")
    with op.batch_alter_table("answer_draft") as batch_op:
        batch_op.drop_constraint(op.f(BY_USER), type_="unique")
        batch_op.create_unique_constraint(op.f(BY_COMPANY), ["event_id", "organisation_id"])
        batch_op.drop_constraint(op.f("fk_answer_draft_user_id_user_account"), type_="foreignkey")
        batch_op.drop_column("user_id")
