"""Seat blocks: places that a company holds without names, their shares, and who was named.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
# Only the holder sees the block with its size. A share is seen by the holder and by whose it is, a claim with its share.
WALLS = {
    "seat_block": f"organisation_id = ANY ({COMPANIES})",
    "block_share": f"organisation_id = ANY ({COMPANIES}) OR block_id IN (SELECT id FROM seat_block)",
    "block_claim": "share_id IN (SELECT id FROM block_share)",
}


def upgrade() -> None:
    """Adds the tables, and their wall on Postgres."""
    op.create_table(
        "seat_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("in_person", "virtual", name="mode", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("name_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("releases_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_seat_block_size_positive")),
        sa.CheckConstraint("releases_at >= name_until", name=op.f("ck_seat_block_released_after_naming")),
        sa.CheckConstraint("(released_at IS NULL) = (returned IS NULL)", name=op.f("ck_seat_block_returned_when_released")),
        sa.CheckConstraint(
            "returned IS NULL OR (returned >= 0 AND returned <= size)", name=op.f("ck_seat_block_returned_within_size")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_seat_block_booking_id_booking")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_seat_block_event_id_event")),
        sa.ForeignKeyConstraint(["kind_id"], ["admission_kind.id"], name=op.f("fk_seat_block_kind_id_admission_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_seat_block_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_block")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_seat_block_booking_id")),
    )
    op.create_index("ix_seat_block_event_id", "seat_block", ["event_id"])
    op.create_index("ix_seat_block_organisation_id", "seat_block", ["organisation_id"])
    op.create_index("ix_seat_block_released_at", "seat_block", ["released_at", "name_until"])
    op.create_table(
        "block_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("block_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.Column("allotted", sa.Boolean(), nullable=False),
        sa.Column("allotted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("allotted = (allotted_at IS NOT NULL)", name=op.f("ck_block_share_allotted_has_time")),
        sa.ForeignKeyConstraint(["block_id"], ["seat_block.id"], name=op.f("fk_block_share_block_id_seat_block")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_block_share_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_block_share_pool_id_pool")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block_share")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_block_share_pool_id")),
    )
    op.create_index("ix_block_share_block_id", "block_share", ["block_id"])
    op.create_index("ix_block_share_organisation_id", "block_share", ["organisation_id"])
    op.create_index(
        "uq_block_share_own",
        "block_share",
        ["block_id"],
        unique=True,
        sqlite_where=sa.text("NOT allotted"),
        postgresql_where=sa.text("NOT allotted"),
    )
    op.create_table(
        "block_claim",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_block_claim_registration_id_registration")
        ),
        sa.ForeignKeyConstraint(["share_id"], ["block_share.id"], name=op.f("fk_block_claim_share_id_block_share")),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_block_claim")),
    )
    op.create_index("ix_block_claim_share_id", "block_claim", ["share_id"])
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in WALLS.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away."""
    for table in ("block_claim", "block_share", "seat_block"):
        op.drop_table(table)
