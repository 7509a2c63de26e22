"""Feedback on sessions: the questions, who has answered, and what.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# As in 0029: without a setting there is no wall. What somebody says of a session is nobody else's, nor their company's.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
OWN = f"ANY (ARRAY(SELECT id FROM registration WHERE person_id = {PERSON}))"
VISIBLE = {
    "feedback": f"registration_id = {OWN}",
    "feedback_answer": f"feedback_id = ANY (ARRAY(SELECT id FROM feedback WHERE registration_id = {OWN}))",
}


def upgrade() -> None:
    """Makes the tables; what was answered stands behind the wall."""
    op.create_table(
        "feedback_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column(
            "asked_for",
            sa.Enum("stars", "text", name="askedfor", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("label <> ''", name=op.f("ck_feedback_question_has_label")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_feedback_question_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_question")),
    )
    op.create_index("ix_feedback_question_event_id", "feedback_question", ["event_id"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_feedback_registration_id_registration"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_feedback_session_id_agenda_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("registration_id", "session_id", name=op.f("uq_feedback_registration_id_session_id")),
    )
    op.create_index("ix_feedback_session_id", "feedback", ["session_id"])
    op.create_table(
        "feedback_answer",
        sa.Column("feedback_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.CheckConstraint("stars IS NULL OR stars BETWEEN 1 AND 5", name=op.f("ck_feedback_answer_one_to_five")),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_feedback_answer_feedback_id_feedback"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["feedback_question.id"], name=op.f("fk_feedback_answer_question_id_feedback_question")
        ),
        sa.PrimaryKeyConstraint("feedback_id", "question_id", name=op.f("pk_feedback_answer")),
    )
    op.create_index("ix_feedback_answer_question_id", "feedback_answer", ["question_id"])
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, condition in VISIBLE.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away."""
    for table in ("feedback_answer", "feedback", "feedback_question"):
        op.drop_table(table)
