"""Waiting in groups, in other orders than first come, and offers with a deadline.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = "state IN ('held', 'offered', 'waiting', 'released')"
OLD_STATES = "state IN ('held', 'waiting', 'released')"
WAITS = sa.text("waiting_for_id IS NOT NULL")
IN_GROUP = sa.text("group_id IS NOT NULL")
OFFERED = sa.text("offered_until IS NOT NULL")
QUEUE, RANKS = "ix_booking_waiting_for_id_queued_at", "ix_booking_waiting_for_id_rank"


def upgrade() -> None:
    """Adds the columns. Every pool stays first come; what waits waits as it did."""
    with op.batch_alter_table("pool", schema=None) as batch_op:
        order = sa.Enum("first_come", "round_robin", "by_rank", name="order", native_enum=False, length=24)
        batch_op.add_column(sa.Column("order", order, server_default="first_come", nullable=False))
        batch_op.create_check_constraint(op.f("ck_pool_order"), "\"order\" IN ('first_come', 'round_robin', 'by_rank')")
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.drop_index(QUEUE)
        batch_op.drop_constraint(op.f("ck_booking_bookingstate"), type_="check")
        batch_op.add_column(sa.Column("group_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("party", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rank", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f("ck_booking_bookingstate"), STATES)
        batch_op.create_check_constraint(
            op.f("ck_booking_offered_has_deadline"), "(state = 'offered') = (offered_until IS NOT NULL)"
        )
        batch_op.create_foreign_key(op.f("fk_booking_group_id_booking"), "booking", ["group_id"], ["id"])
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.create_index(
            QUEUE, ["waiting_for_id", "queued_at", "id"], unique=False, sqlite_where=WAITS, postgresql_where=WAITS
        )
        batch_op.create_index(
            RANKS, ["waiting_for_id", "rank", "queued_at", "id"], unique=False, sqlite_where=WAITS, postgresql_where=WAITS
        )
        batch_op.create_index(
            op.f("ix_booking_group_id"), ["group_id"], unique=False, sqlite_where=IN_GROUP, postgresql_where=IN_GROUP
        )
        batch_op.create_index(
            op.f("ix_booking_offered_until"), ["offered_until"], unique=False, sqlite_where=OFFERED, postgresql_where=OFFERED
        )


def downgrade() -> None:
    """Offers become places that are held, groups single bookings, and every pool first come."""
    op.execute("UPDATE booking SET offered_until = NULL, state = 'held' WHERE state = 'offered'")
    with op.batch_alter_table("booking", schema=None) as batch_op:
        for index in (QUEUE, RANKS, "ix_booking_group_id", "ix_booking_offered_until"):
            batch_op.drop_index(index)
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_booking_group_id_booking"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_booking_offered_has_deadline"), type_="check")
        batch_op.drop_constraint(op.f("ck_booking_bookingstate"), type_="check")
        for column in ("offered_until", "rank", "party", "group_id"):
            batch_op.drop_column(column)
        batch_op.create_check_constraint(op.f("ck_booking_bookingstate"), OLD_STATES)
        batch_op.create_index(QUEUE, ["waiting_for_id", "queued_at", "id"], unique=False)
    with op.batch_alter_table("pool", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_pool_order"), type_="check")
        batch_op.drop_column("order")
