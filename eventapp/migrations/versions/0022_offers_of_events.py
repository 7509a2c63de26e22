"""For how long a place is offered, and whether a company may say that its people come only together.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

HOURS = {"offer_hours": "24", "short_offer_hours": "4", "offer_within_hours": "72"}
FLAGS = {"groups_together": sa.true(), "by_tier": sa.false()}


def upgrade() -> None:
    """Adds the columns with their defaults."""
    with op.batch_alter_table("event", schema=None) as batch_op:
        for name, hours in HOURS.items():
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default=hours, nullable=False))
        for name, value in FLAGS.items():
            batch_op.add_column(sa.Column(name, sa.Boolean(), server_default=value, nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_event_offers_last"), "offer_hours > 0 AND short_offer_hours > 0 AND offer_within_hours >= 0"
        )


def downgrade() -> None:
    """Takes the columns away."""
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_event_offers_last"), type_="check")
        for name in (*HOURS, *FLAGS):
            batch_op.drop_column(name)
