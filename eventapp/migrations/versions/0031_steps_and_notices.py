"""Steps in the editor of an agenda's draft, and who is to be told of a release.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
# As in 0029.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
REGISTRATIONS = f"ANY (ARRAY(SELECT id FROM registration WHERE organisation_id = ANY ({COMPANIES}) OR person_id = {PERSON}))"


def upgrade() -> None:
    """Makes the tables; a notice is seen by whoever sees the registration."""
    op.create_table(
        "draft_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("place", "restore", name="stepkind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("changes", DOCUMENT, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_draft_step_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_draft_step_made_by_id_user_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_step")),
    )
    with op.batch_alter_table("draft_step", schema=None) as batch_op:
        batch_op.create_index("ix_draft_step_event_id", ["event_id", "id"], unique=False)
    op.create_table(
        "release_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("speaker_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "registration_id IS NOT NULL OR speaker_id IS NOT NULL", name=op.f("ck_release_notice_about_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_release_notice_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["agenda_release.id"], name=op.f("fk_release_notice_release_id_agenda_release"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("fk_release_notice_speaker_id_speaker"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_notice")),
        sa.UniqueConstraint("release_id", "registration_id", name=op.f("uq_release_notice_release_id_registration_id")),
        sa.UniqueConstraint("release_id", "speaker_id", name=op.f("uq_release_notice_release_id_speaker_id")),
    )
    with op.batch_alter_table("release_notice", schema=None) as batch_op:
        batch_op.create_index("ix_release_notice_registration_id", ["registration_id"], unique=False)
        batch_op.create_index("ix_release_notice_speaker_id", ["speaker_id"], unique=False)
        is_open = sa.text("done_at IS NULL")
        batch_op.create_index(
            "ix_release_notice_open", ["release_id", "id"], unique=False, sqlite_where=is_open, postgresql_where=is_open
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE release_notice ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE release_notice FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON release_notice USING ({OPEN} OR registration_id = {REGISTRATIONS})")


def downgrade() -> None:
    """Takes the tables away."""
    op.drop_table("release_notice")
    op.drop_table("draft_step")
