"""Comments and tags on registrations, for the vendor's staff only.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("tag", "registration_comment", "registration_tag")
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"


def upgrade() -> None:
    """Makes the tables, and before each a wall that no partner's request sees through."""
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column(
            "colour",
            sa.Enum(
                "grey",
                "blue",
                "green",
                "yellow",
                "orange",
                "red",
                "violet",
                name="tagcolour",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("word <> ''", name=op.f("ck_tag_has_word")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_tag_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.create_index("uq_tag_event_id_folded", ["event_id", "folded"], unique=True)

    op.create_table(
        "registration_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(length=254), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("text <> ''", name=op.f("ck_registration_comment_has_text")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_registration_comment_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["user_account.id"], name=op.f("fk_registration_comment_written_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_comment")),
    )
    with op.batch_alter_table("registration_comment", schema=None) as batch_op:
        batch_op.create_index("ix_registration_comment_registration_id", ["registration_id", "id"], unique=False)

    op.create_table(
        "registration_tag",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_registration_tag_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_registration_tag_tag_id_tag"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("registration_id", "tag_id", name=op.f("pk_registration_tag")),
    )
    with op.batch_alter_table("registration_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_tag_tag_id"), ["tag_id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN})")


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("registration_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_tag_tag_id"))

    op.drop_table("registration_tag")
    with op.batch_alter_table("registration_comment", schema=None) as batch_op:
        batch_op.drop_index("ix_registration_comment_registration_id")

    op.drop_table("registration_comment")
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.drop_index("uq_tag_event_id_folded")

    op.drop_table("tag")
