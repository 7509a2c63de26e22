"""The forms that organizers build: sections, questions with their versions, places of options, deadlines.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the tables. What is asked at an event is no secret, so there is no wall."""
    op.create_table(
        "form_section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("stage", sa.Enum("a", "b", name="stage", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("help_html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_form_section_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_section")),
    )
    with op.batch_alter_table("form_section", schema=None) as batch_op:
        batch_op.create_index("ix_form_section_event_id", ["event_id", "stage", "position"], unique=False)

    op.create_table(
        "form_stage",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Enum("a", "b", name="stage", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_form_stage_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", "stage", name=op.f("pk_form_stage")),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column(
            "scope",
            sa.Enum("person", "group", "organizer", name="scope", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "text",
                "long_text",
                "number",
                "yes_no",
                "one_of",
                "several_of",
                "date",
                "time",
                "moment",
                "country",
                "phone",
                "email",
                "link",
                "file",
                "picture",
                "company",
                "consent",
                "heading",
                "note",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_question_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["section_id"], ["form_section.id"], name=op.f("fk_question_section_id_form_section")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_question_event_id_key")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index("ix_question_section_id", ["section_id", "position"], unique=False)

    op.create_table(
        "option_pool",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_option_pool_pool_id_pool")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_option_pool_question_id_question"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", "key", name=op.f("pk_option_pool")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_option_pool_pool_id")),
    )
    op.create_table(
        "question_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("help_html", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("required_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at_door", sa.Boolean(), nullable=False),
        sa.Column("in_exports", sa.Boolean(), nullable=False),
        sa.Column("special", sa.Boolean(), nullable=False),
        sa.Column("condition", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_version_question_id_question"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_version")),
        sa.UniqueConstraint("question_id", "number", name=op.f("uq_question_version_question_id_number")),
    )


def downgrade() -> None:
    """Takes the tables away, and with them the forms."""
    op.drop_table("question_version")
    op.drop_table("option_pool")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index("ix_question_section_id")

    op.drop_table("question")
    op.drop_table("form_stage")
    with op.batch_alter_table("form_section", schema=None) as batch_op:
        batch_op.drop_index("ix_form_section_event_id")

    op.drop_table("form_section")
