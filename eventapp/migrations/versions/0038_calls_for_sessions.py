"""Calls for sessions: criteria, proposals of companies, their speakers, reviews; each proposal behind the wall.

Revision ID: 0038
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# As in 0029: without a setting there is no wall, and the condition does not hide the index.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
LOGIN = "(SELECT nullif(current_setting('eventapp.login', true), '')::int)"
OF_COMPANY = f"organisation_id = ANY ({COMPANIES})"
VISIBLE = {
    "session_proposal": OF_COMPANY,
    "proposal_speaker": f"proposal_id = ANY (ARRAY(SELECT id FROM session_proposal WHERE {OF_COMPANY}))",
    "proposal_review": f"user_id = {LOGIN}",
}


def upgrade() -> None:
    """Makes the tables and their walls."""
    op.create_table(
        "call_criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_call_criterion_weight_in_range")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_call_criterion_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_criterion")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_call_criterion_event_id_name")),
    )
    op.create_table(
        "session_call",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_html", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blind", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_session_call_in_order")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_session_call_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_session_call")),
    )
    op.create_table(
        "session_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=True),
        sa.Column("track_id", sa.Integer(), nullable=True),
        sa.Column("notes", sa.String(length=1000), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "accepted",
                "reserve",
                "declined",
                "withdrawn",
                name="proposalstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(length=254), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'accepted') = (session_id IS NOT NULL)", name=op.f("ck_session_proposal_accepted_has_session")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_session_proposal_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_session_proposal_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user_account.id"], name=op.f("fk_session_proposal_proposed_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_session_proposal_session_id_agenda_session")
        ),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_session_proposal_track_id_track"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["type_id"], ["session_type.id"], name=op.f("fk_session_proposal_type_id_session_type"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_proposal")),
        sa.UniqueConstraint("event_id", "code", name=op.f("uq_session_proposal_event_id_code")),
    )
    with op.batch_alter_table("session_proposal", schema=None) as batch_op:
        batch_op.create_index("ix_session_proposal_organisation_id", ["organisation_id"], unique=False)

    op.create_table(
        "proposal_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scores", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["session_proposal.id"],
            name=op.f("fk_proposal_review_proposal_id_session_proposal"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_proposal_review_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_review")),
        sa.UniqueConstraint("proposal_id", "user_id", name=op.f("uq_proposal_review_proposal_id_user_id")),
    )
    with op.batch_alter_table("proposal_review", schema=None) as batch_op:
        batch_op.create_index("ix_proposal_review_user_id", ["user_id"], unique=False)

    op.create_table(
        "proposal_speaker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("biography", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["session_proposal.id"],
            name=op.f("fk_proposal_speaker_proposal_id_session_proposal"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_speaker")),
    )
    with op.batch_alter_table("proposal_speaker", schema=None) as batch_op:
        batch_op.create_index("ix_proposal_speaker_proposal_id", ["proposal_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in VISIBLE.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away."""
    for table in ("proposal_speaker", "proposal_review", "session_proposal", "session_call", "call_criterion"):
        op.drop_table(table)
