"""What an event makes of no-shows at earlier ones.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table. It needs no wall: nothing in it is of one company."""
    op.create_table(
        "no_show_rule",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "consequence",
            sa.Enum("approval", "one_less", name="consequence", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 0 AND 99", name=op.f("ck_no_show_rule_percent_in_range")),
        sa.CheckConstraint("events BETWEEN 1 AND 20", name=op.f("ck_no_show_rule_events_in_range")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_no_show_rule_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_no_show_rule")),
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("no_show_rule")
