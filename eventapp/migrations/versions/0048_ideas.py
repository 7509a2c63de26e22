"""Ideas and needs of partners.

Revision ID: 0048
Revises: 0047
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

# As in 0029: without a setting there is no wall. What is shared is for everybody of a partner.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
HAS_COMPANY = "(SELECT current_setting('eventapp.companies', true) <> '0')"
READABLE = "idea_id = ANY (ARRAY(SELECT id FROM idea))"
WALLS = {
    "idea": f"(shared AND {HAS_COMPANY}) OR organisation_id = ANY ({COMPANIES})",
    "idea_vote": READABLE,
    "idea_contributor": READABLE,
}


def upgrade() -> None:
    """Makes the tables; what a company does not share stands behind the wall."""
    op.create_table(
        "idea",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("idea", "need", name="ideakind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "posted",
                "shaped",
                "experiment",
                "adopted",
                "declined",
                "parked",
                name="ideastate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=254), nullable=False),
        sa.Column("experiment", sa.String(length=1000), nullable=False),
        sa.Column("experiment_until", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=1000), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state = 'posted' OR answer <> ''", name=op.f("ck_idea_answered")),
        sa.CheckConstraint("state <> 'experiment' OR experiment <> ''", name=op.f("ck_idea_says_what_is_tried")),
        sa.CheckConstraint("state <> 'adopted' OR outcome <> ''", name=op.f("ck_idea_says_what_came_of_it")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_idea_user_id_user_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_idea_organisation_id_organisation")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_idea_decision_id_decision"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea")),
    )
    op.create_index("ix_idea_organisation_id", "idea", ["organisation_id"])
    op.create_index("ix_idea_user_id", "idea", ["user_id"])
    op.create_index("ix_idea_changed_at_id", "idea", ["changed_at", "id"])
    op.create_table(
        "idea_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_vote_idea_id_idea"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_idea_vote_user_id_user_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_idea_vote_organisation_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_vote")),
        sa.UniqueConstraint("idea_id", "user_id", name=op.f("uq_idea_vote_idea_id_user_id")),
    )
    op.create_index("ix_idea_vote_idea_id_organisation_id", "idea_vote", ["idea_id", "organisation_id"])
    op.create_index("ix_idea_vote_user_id", "idea_vote", ["user_id"])
    op.create_table(
        "idea_contributor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_contributor_idea_id_idea"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_idea_contributor_user_id_user_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_idea_contributor_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_contributor")),
        sa.UniqueConstraint("idea_id", "user_id", name=op.f("uq_idea_contributor_idea_id_user_id")),
    )
    op.create_index("ix_idea_contributor_user_id", "idea_contributor", ["user_id"])
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in WALLS.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away."""
    op.drop_table("idea_contributor")
    op.drop_table("idea_vote")
    op.drop_table("idea")
