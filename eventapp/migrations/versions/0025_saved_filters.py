"""Saved filters of lists.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
LOGIN = "(SELECT nullif(current_setting('eventapp.login', true), '')::int)"


def upgrade() -> None:
    """Makes the table. A partner's request sees one's own filters alone."""
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_filter_has_name")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_saved_filter_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
    )
    op.create_index("uq_saved_filter_user_id_endpoint_name", "saved_filter", ["user_id", "endpoint", "name"], unique=True)
    op.create_index("ix_saved_filter_endpoint", "saved_filter", ["endpoint", "shared"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE saved_filter ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE saved_filter FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON saved_filter USING ({OPEN} OR user_id = {LOGIN})")


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("saved_filter")
