"""Answers to questions, the places that they hold, files, and forms to be finished later; each behind the wall.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


# As in 0006: without a setting there is no wall.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
OF_GROUP = f"organisation_id = ANY ({COMPANIES})"
OF_PERSON = f"registration_id IN (SELECT id FROM registration WHERE person_id = {PERSON})"
VISIBLE = {
    "answer": f"{OF_GROUP} OR {OF_PERSON}",
    "answer_place": "answer_id IN (SELECT id FROM answer)",
    "answer_file": OF_PERSON,
    "answer_draft": f"{OF_GROUP} OR {OF_PERSON}",
}


def upgrade() -> None:
    """Adds the tables. A partner's request sees the own person's answers and those of its company's group."""
    op.add_column("event", sa.Column("has_form", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "UPDATE event SET has_form = (EXISTS (SELECT 1 FROM question WHERE question.event_id = event.id AND NOT archived))"
    )
    op.create_table(
        "answer_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_answer_draft_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_answer_draft_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_answer_draft_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_draft")),
        sa.UniqueConstraint("event_id", "address", name=op.f("uq_answer_draft_event_id_address")),
        sa.UniqueConstraint("event_id", "organisation_id", name=op.f("uq_answer_draft_event_id_organisation_id")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_answer_draft_registration_id")),
    )
    with op.batch_alter_table("answer_draft", schema=None) as batch_op:
        batch_op.create_index("ix_answer_draft_saved_at", ["saved_at"], unique=False)

    op.create_table(
        "answer_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_answer_file_question_id_question")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_answer_file_registration_id_registration"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_file")),
        sa.UniqueConstraint("key", name=op.f("uq_answer_file_key")),
    )
    with op.batch_alter_table("answer_file", schema=None) as batch_op:
        batch_op.create_index("ix_answer_file_registration_id", ["registration_id"], unique=False)

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.String(length=254), nullable=False),
        sa.CheckConstraint("(registration_id IS NULL) <> (organisation_id IS NULL)", name=op.f("ck_answer_of_one")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_answer_organisation_id_organisation")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_answer_question_id_question")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_answer_registration_id_registration"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["version_id"], ["question_version.id"], name=op.f("fk_answer_version_id_question_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("question_id", "organisation_id", name=op.f("uq_answer_question_id_organisation_id")),
        sa.UniqueConstraint("question_id", "registration_id", name=op.f("uq_answer_question_id_registration_id")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index("ix_answer_organisation_id", ["organisation_id"], unique=False)
        batch_op.create_index("ix_answer_registration_id", ["registration_id"], unique=False)
        batch_op.create_index("ix_answer_version_id", ["version_id"], unique=False)

    op.create_table(
        "answer_place",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_answer_place_answer_id_answer"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_answer_place_booking_id_booking")),
        sa.PrimaryKeyConstraint("answer_id", "key", name=op.f("pk_answer_place")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_answer_place_booking_id")),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in VISIBLE.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away, and with them all answers."""
    op.drop_table("answer_place")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_version_id")
        batch_op.drop_index("ix_answer_registration_id")
        batch_op.drop_index("ix_answer_organisation_id")

    op.drop_table("answer")
    with op.batch_alter_table("answer_file", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_file_registration_id")

    op.drop_table("answer_file")
    with op.batch_alter_table("answer_draft", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_draft_saved_at")

    op.drop_table("answer_draft")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_column("has_form")
