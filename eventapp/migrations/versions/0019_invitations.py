"""Invitations to events: of people and companies, the batches they are sent in, the dates of reminders.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OPEN = "state IN ('invited', 'opened', 'started')"
OF_PERSON, OF_KNOWN, OF_COMPANY = f"address <> '' AND {OPEN}", f"person_id IS NOT NULL AND {OPEN}", f"address = '' AND {OPEN}"
NO_WALL = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
# An invitation is seen by the company and by the person that it is for; lists and dates are the organizers' own.
WALLS = {
    "invitation": f"organisation_id = ANY ({COMPANIES}) OR person_id = {PERSON}",
    "invitation_batch": "false",
    "invitation_reminder": "false",
}


def upgrade() -> None:
    """Adds the tables, raises their walls, and marks nobody's event as one with invitations."""
    op.create_table(
        "invitation_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("days > 0 AND times > 0", name=op.f("ck_invitation_reminder_numbers_positive")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_invitation_reminder_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_reminder")),
    )
    with op.batch_alter_table("invitation_reminder", schema=None) as batch_op:
        batch_op.create_index("ix_invitation_reminder_done_at", ["done_at", "due_at"], unique=False)
        batch_op.create_index("ix_invitation_reminder_event_id", ["event_id", "due_at"], unique=False)

    op.create_table(
        "invitation_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "queued", "sent", "cancelled", name="batchstate", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("source", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("people", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("waives", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("places IS NULL OR places > 0", name=op.f("ck_invitation_batch_places_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_invitation_batch_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["admission_kind.id"], name=op.f("fk_invitation_batch_kind_id_admission_kind"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_batch")),
    )
    with op.batch_alter_table("invitation_batch", schema=None) as batch_op:
        batch_op.create_index("ix_invitation_batch_event_id", ["event_id", "id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column("family_name", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "opened",
                "started",
                "done",
                "declined",
                "delegated",
                "withdrawn",
                "expired",
                name="invitationstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=True),
        sa.Column("waives", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("delegated_to_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'declined') = (declined_at IS NOT NULL)", name=op.f("ck_invitation_declined_has_time")),
        sa.CheckConstraint(
            "(state = 'delegated') = (delegated_to_id IS NOT NULL)", name=op.f("ck_invitation_delegated_has_deputy")
        ),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_invitation_done_has_time")),
        sa.CheckConstraint("address <> '' OR organisation_id IS NOT NULL", name=op.f("ck_invitation_invites_somebody")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["invitation_batch.id"], name=op.f("fk_invitation_batch_id_invitation_batch"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["delegated_to_id"], ["invitation.id"], name=op.f("fk_invitation_delegated_to_id_invitation")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_invitation_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["admission_kind.id"], name=op.f("fk_invitation_kind_id_admission_kind"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id_person")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_invitation_pool_id_pool")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("delegated_to_id", name=op.f("uq_invitation_delegated_to_id")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_invitation_pool_id")),
        sa.UniqueConstraint("token", name=op.f("uq_invitation_token")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index("ix_invitation_batch_id", ["batch_id"], unique=False)
        batch_op.create_index("ix_invitation_event_id_address", ["event_id", "address"], unique=False)
        batch_op.create_index("ix_invitation_event_id_sent_at", ["event_id", "sent_at", "id"], unique=False)
        batch_op.create_index("ix_invitation_organisation_id", ["organisation_id"], unique=False)
        batch_op.create_index("ix_invitation_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_invitation_state_expires_at", ["state", "expires_at"], unique=False)
        batch_op.create_index(
            "uq_invitation_open_address",
            ["event_id", "address"],
            unique=True,
            sqlite_where=sa.text(OF_PERSON),
            postgresql_where=sa.text(OF_PERSON),
        )
        batch_op.create_index(
            "uq_invitation_open_company",
            ["event_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text(OF_COMPANY),
            postgresql_where=sa.text(OF_COMPANY),
        )
        batch_op.create_index(
            "uq_invitation_open_person",
            ["event_id", "person_id"],
            unique=True,
            sqlite_where=sa.text(OF_KNOWN),
            postgresql_where=sa.text(OF_KNOWN),
        )

    op.add_column("event", sa.Column("invites", sa.Boolean(), server_default=sa.false(), nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in WALLS.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({NO_WALL} OR {condition})")


def downgrade() -> None:
    """Takes the tables and their walls away."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_column("invites")
    for table in ("invitation", "invitation_batch", "invitation_reminder"):
        op.drop_table(table)
