"""Circles, tables and workshop rooms: sets, groups, places, rules, material, what was told.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# As in 0006: without a setting there is no wall. Arrays are read once for a query, see 0029.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
OWN = f"ANY (ARRAY(SELECT id FROM registration WHERE organisation_id = ANY ({COMPANIES}) OR person_id = {PERSON}))"
NOBODY = "false"
# A partner sees places of its own people, and of groups and sets those in which these are.
VISIBLE = {
    "group_set": f"id = ANY (ARRAY(SELECT set_id FROM group_place WHERE registration_id = {OWN}))",
    "event_group": f"id = ANY (ARRAY(SELECT group_id FROM group_place WHERE registration_id = {OWN}))",
    "group_place": f"registration_id = {OWN}",
    **dict.fromkeys(
        [
            *("group_rule", "group_rule_member", "group_material", "group_supply", "group_placing", "group_told"),
        ],
        NOBODY,
    ),
}
TABLES = (
    "group_told",
    "group_supply",
    "group_rule_member",
    "group_place",
    "group_rule",
    "group_placing",
    "group_material",
    "event_group",
    "group_set",
)


def upgrade() -> None:
    """Makes the tables; raises the wall on Postgres."""
    op.create_table(
        "group_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("circle", "table", "room", name="groupkind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_text", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("in_person", "virtual", name="mode", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("kinds", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
        sa.Column("mixes", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("near_door", sa.Boolean(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("telling_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_group_set_size_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_group_set_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_set")),
    )
    with op.batch_alter_table("group_set") as batch_op:
        batch_op.create_index("ix_group_set_event_id", ["event_id", "id"], unique=False)
        batch_op.create_index("ix_group_set_telling_since", ["telling_since"], unique=False)

    op.create_table(
        "event_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.Column("near_door", sa.Boolean(), nullable=False),
        sa.Column("coach", sa.String(length=150), nullable=False),
        sa.Column("notes", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_event_group_number_positive")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_event_group_pool_id_pool")),
        sa.ForeignKeyConstraint(["set_id"], ["group_set.id"], name=op.f("fk_event_group_set_id_group_set"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_group")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_event_group_pool_id")),
        sa.UniqueConstraint("set_id", "number", name=op.f("uq_event_group_set_id_number")),
    )
    op.create_table(
        "group_material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_group_material_stock_not_negative")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["group_set.id"], name=op.f("fk_group_material_set_id_group_set"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_material")),
        sa.UniqueConstraint("set_id", "name", name=op.f("uq_group_material_set_id_name")),
    )
    op.create_table(
        "group_placing",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("moved", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["set_id"], ["group_set.id"], name=op.f("fk_group_placing_set_id_group_set"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("set_id", name=op.f("pk_group_placing")),
    )
    op.create_table(
        "group_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("apart", "together", name="rulekind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["set_id"], ["group_set.id"], name=op.f("fk_group_rule_set_id_group_set"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_rule")),
    )
    with op.batch_alter_table("group_rule") as batch_op:
        batch_op.create_index("ix_group_rule_set_id", ["set_id", "id"], unique=False)

    op.create_table(
        "group_place",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_group_place_booking_id_booking")),
        sa.ForeignKeyConstraint(["group_id"], ["event_group.id"], name=op.f("fk_group_place_group_id_event_group")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_group_place_registration_id_registration"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["group_set.id"], name=op.f("fk_group_place_set_id_group_set"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("set_id", "registration_id", name=op.f("pk_group_place")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_group_place_booking_id")),
    )
    with op.batch_alter_table("group_place") as batch_op:
        batch_op.create_index("ix_group_place_group_id", ["group_id"], unique=False)
        batch_op.create_index("ix_group_place_registration_id", ["registration_id"], unique=False)

    op.create_table(
        "group_rule_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(organisation_id IS NULL) <> (registration_id IS NULL)", name=op.f("ck_group_rule_member_company_or_person")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_group_rule_member_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_group_rule_member_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["group_rule.id"], name=op.f("fk_group_rule_member_rule_id_group_rule"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_rule_member")),
        sa.UniqueConstraint("rule_id", "organisation_id", name=op.f("uq_group_rule_member_rule_id_organisation_id")),
        sa.UniqueConstraint("rule_id", "registration_id", name=op.f("uq_group_rule_member_rule_id_registration_id")),
    )
    with op.batch_alter_table("group_rule_member") as batch_op:
        batch_op.create_index("ix_group_rule_member_organisation_id", ["organisation_id"], unique=False)
        batch_op.create_index("ix_group_rule_member_registration_id", ["registration_id"], unique=False)

    op.create_table(
        "group_supply",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_group_supply_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["event_group.id"], name=op.f("fk_group_supply_group_id_event_group"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["material_id"], ["group_material.id"], name=op.f("fk_group_supply_material_id_group_material"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "material_id", name=op.f("pk_group_supply")),
    )
    with op.batch_alter_table("group_supply") as batch_op:
        batch_op.create_index(batch_op.f("ix_group_supply_material_id"), ["material_id"], unique=False)

    op.create_table(
        "group_told",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(length=700), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_group_told_registration_id_registration"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["group_set.id"], name=op.f("fk_group_told_set_id_group_set"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("set_id", "registration_id", name=op.f("pk_group_told")),
    )
    with op.batch_alter_table("group_told") as batch_op:
        batch_op.create_index("ix_group_told_registration_id", ["registration_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in VISIBLE.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away."""
    for table in TABLES:
        op.drop_table(table)
