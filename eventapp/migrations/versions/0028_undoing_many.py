"""Acts in bulk are undone a portion at a time as well.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Adds how far an undo is, what it did, and who asked for it."""
    with op.batch_alter_table("bulk_act") as batch_op:
        batch_op.add_column(sa.Column("undone_by", sa.String(length=254), server_default="", nullable=False))
        batch_op.add_column(sa.Column("undone_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("looked_back", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("taken_back", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("kept", DOCUMENT, server_default=sa.text("'{}'"), nullable=False))
        batch_op.create_foreign_key(op.f("fk_bulk_act_undone_by_id_user_account"), "user_account", ["undone_by_id"], ["id"])
        batch_op.drop_constraint(op.f("ck_bulk_act_actstate"), type_="check")
        batch_op.create_check_constraint(op.f("ck_bulk_act_actstate"), "state IN ('queued', 'done', 'undoing', 'undone')")


def downgrade() -> None:
    """Takes it away; what is being undone is left as it is."""
    op.execute("UPDATE bulk_act SET state = 'undone' WHERE state = 'undoing'")
    with op.batch_alter_table("bulk_act") as batch_op:
        batch_op.drop_constraint(op.f("ck_bulk_act_actstate"), type_="check")
        batch_op.create_check_constraint(op.f("ck_bulk_act_actstate"), "state IN ('queued', 'done', 'undone')")
        batch_op.drop_constraint(op.f("fk_bulk_act_undone_by_id_user_account"), type_="foreignkey")
        for column in ("kept", "taken_back", "looked_back", "undone_by_id", "undone_by"):
            batch_op.drop_column(column)
