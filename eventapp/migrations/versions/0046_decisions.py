"""Decisions in the open.

Revision ID: 0046
Revises: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

# As in 0029: without a setting there is no wall.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
HAS_COMPANY = "(SELECT current_setting('eventapp.companies', true) <> '0')"
LOGIN = "(SELECT nullif(current_setting('eventapp.login', true), '')::int)"
# Asks no other table: the wall of `decision` asks this one, and a circle would be an error.
READS = f"organisation_id = ANY ({COMPANIES}) AND (everybody OR user_id = {LOGIN})"
READABLE = "decision_id = ANY (ARRAY(SELECT id FROM decision))"
WALLS = {
    "decision_reader": f"({READS})",
    "decision": (
        f"openness = 'public' OR (openness = 'partners' AND {HAS_COMPANY})"
        f" OR id = ANY (ARRAY(SELECT decision_id FROM decision_reader WHERE {READS}))"
    ),
    **dict.fromkeys(
        (
            *("decision_role", "decision_option", "decision_criterion", "decision_feedback", "decision_risk"),
            *("decision_entry", "decision_reopening"),
        ),
        READABLE,
    ),
    "decision_score": "option_id = ANY (ARRAY(SELECT id FROM decision_option))",
    "decision_follower": f"user_id = {LOGIN}",
}
TABLES = (
    "decision_role",
    "decision_reopening",
    "decision_reader",
    "decision_follower",
    "decision_feedback",
    "decision_score",
    "decision_risk",
    "decision_option",
    "decision_entry",
    "decision_criterion",
    "decision_counter",
    "decision",
)


def upgrade() -> None:
    """Makes the tables; what not everybody reads stands behind the wall."""
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("practice", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "context",
            sa.Enum(
                "event",
                "workshop",
                "plan",
                "alliance",
                "co_creation",
                name="decisioncontext",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("context_id", sa.Integer(), nullable=True),
        sa.Column("context_label", sa.String(length=200), nullable=False),
        sa.Column("problem", sa.String(length=600), nullable=False),
        sa.Column("not_solving", sa.String(length=1500), nullable=False),
        sa.Column("impacted", sa.String(length=1000), nullable=False),
        sa.Column("decider_body", sa.String(length=200), nullable=False),
        sa.Column("requirements", sa.String(length=1500), nullable=False),
        sa.Column("constraints", sa.String(length=1500), nullable=False),
        sa.Column("assumptions", sa.String(length=1500), nullable=False),
        sa.Column(
            "openness",
            sa.Enum(
                "public",
                "partners",
                "organisations",
                "team",
                name="openness",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("openness_reason", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ideate",
                "research",
                "develop",
                "decided",
                "launched",
                "closed",
                "paused",
                "reopened",
                "withdrawn",
                "superseded",
                name="decisionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "paused_from",
            sa.Enum(
                "ideate",
                "research",
                "develop",
                "decided",
                "launched",
                "closed",
                "paused",
                "reopened",
                "withdrawn",
                "superseded",
                name="paused_from",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("superseded_by_id", sa.Integer(), nullable=True),
        sa.Column("feedback_until", sa.Date(), nullable=True),
        sa.Column("decide_by", sa.Date(), nullable=True),
        sa.Column("launch_by", sa.Date(), nullable=True),
        sa.Column("result", sa.String(length=2000), nullable=False),
        sa.Column("rationale", sa.String(length=2000), nullable=False),
        sa.Column("trade_offs", sa.String(length=2000), nullable=False),
        sa.Column("success_measures", sa.String(length=1500), nullable=False),
        sa.Column("revisit_on", sa.Date(), nullable=True),
        sa.Column("revisit_when", sa.String(length=300), nullable=False),
        sa.Column("revisit_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lessons", sa.String(length=2000), nullable=False),
        sa.Column(
            "communication",
            sa.Enum(
                "foundational",
                "established",
                "transformative",
                name="communication",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "transparency",
            sa.Enum(
                "foundational",
                "established",
                "transformative",
                name="transparency",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "release_early",
            sa.Enum(
                "foundational",
                "established",
                "transformative",
                name="release_early",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "collaboration",
            sa.Enum(
                "foundational",
                "established",
                "transformative",
                name="collaboration",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'paused') = (paused_from IS NOT NULL)", name=op.f("ck_decision_paused_from_somewhere")),
        sa.CheckConstraint(
            "(state = 'superseded') = (superseded_by_id IS NOT NULL)", name=op.f("ck_decision_superseded_by_something")
        ),
        sa.CheckConstraint(
            "NOT practice OR openness IS NULL OR openness = 'team'", name=op.f("ck_decision_practice_stays_inside")
        ),
        sa.CheckConstraint("superseded_by_id IS NULL OR superseded_by_id <> id", name=op.f("ck_decision_not_by_itself")),
        sa.ForeignKeyConstraint(["superseded_by_id"], ["decision.id"], name=op.f("fk_decision_superseded_by_id_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("code", name=op.f("uq_decision_code")),
    )
    op.create_index("ix_decision_context_context_id", "decision", ["context", "context_id"])
    op.create_index(op.f("ix_decision_revisit_on"), "decision", ["revisit_on"])
    op.create_index("ix_decision_state_changed_at", "decision", ["state", "changed_at"])

    op.create_table(
        "decision_counter",
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_decision_counter")),
    )
    op.create_table(
        "decision_criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_decision_criterion_weight_in_range")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_criterion_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_criterion")),
        sa.UniqueConstraint("decision_id", "text", name=op.f("uq_decision_criterion_decision_id_text")),
    )
    op.create_table(
        "decision_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(length=254), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ideate",
                "research",
                "develop",
                "decided",
                "launched",
                "closed",
                "paused",
                "reopened",
                "withdrawn",
                "superseded",
                name="decisionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_entry_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_entry")),
    )
    op.create_index("ix_decision_entry_decision_id_at", "decision_entry", ["decision_id", "at"])

    op.create_table(
        "decision_option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("pros", sa.String(length=2000), nullable=False),
        sa.Column("cons", sa.String(length=2000), nullable=False),
        sa.Column("chosen", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_option_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_option")),
        sa.UniqueConstraint("decision_id", "title", name=op.f("uq_decision_option_decision_id_title")),
    )
    op.create_table(
        "decision_risk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("trigger", sa.String(length=500), nullable=False),
        sa.Column("prevention", sa.String(length=500), nullable=False),
        sa.Column("action", sa.String(length=300), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_risk_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_risk")),
    )
    op.create_index("ix_decision_risk_decision_id", "decision_risk", ["decision_id"])

    op.create_table(
        "decision_score",
        sa.Column("option_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 5", name=op.f("ck_decision_score_score_in_range")),
        sa.ForeignKeyConstraint(
            ["criterion_id"],
            ["decision_criterion.id"],
            name=op.f("fk_decision_score_criterion_id_decision_criterion"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["option_id"], ["decision_option.id"], name=op.f("fk_decision_score_option_id_decision_option"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("option_id", "criterion_id", name=op.f("pk_decision_score")),
    )
    op.create_table(
        "decision_feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "acknowledged",
                "adopted",
                "partly",
                "not_adopted",
                name="feedbackstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reply", sa.String(length=2000), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_by", sa.String(length=254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "NOT anonymous OR (name = '' AND company = '' AND user_id IS NULL AND organisation_id IS NULL)",
            name=op.f("ck_decision_feedback_anonymous_is_nobody"),
        ),
        sa.CheckConstraint(
            "state IN ('new', 'acknowledged') OR reply <> ''", name=op.f("ck_decision_feedback_answered_with_a_reply")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_feedback_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["option_id"],
            ["decision_option.id"],
            name=op.f("fk_decision_feedback_option_id_decision_option"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_decision_feedback_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_decision_feedback_user_id_user_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_feedback")),
    )
    op.create_index("ix_decision_feedback_decision_id_state", "decision_feedback", ["decision_id", "state"])
    op.create_index("ix_decision_feedback_user_id", "decision_feedback", ["user_id"])

    op.create_table(
        "decision_follower",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_follower_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_decision_follower_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_decision_follower_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_follower")),
        sa.UniqueConstraint("decision_id", "user_id", name=op.f("uq_decision_follower_decision_id_user_id")),
    )
    op.create_index("ix_decision_follower_user_id", "decision_follower", ["user_id"])

    op.create_table(
        "decision_reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("everybody", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_reader_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_decision_reader_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_decision_reader_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_reader")),
    )
    op.create_index("ix_decision_reader_decision_id", "decision_reader", ["decision_id"])
    op.create_index("ix_decision_reader_organisation_id", "decision_reader", ["organisation_id"])
    op.create_index("ix_decision_reader_user_id", "decision_reader", ["user_id"])

    op.create_table(
        "decision_reopening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.String(length=2000), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=254), nullable=False),
        sa.CheckConstraint("accepted IS NULL OR answer <> ''", name=op.f("ck_decision_reopening_answered_in_words")),
        sa.CheckConstraint("(accepted IS NULL) = (answered_at IS NULL)", name=op.f("ck_decision_reopening_answered_or_not")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_reopening_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_decision_reopening_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_decision_reopening_user_id_user_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_reopening")),
    )
    op.create_index("ix_decision_reopening_decision_id", "decision_reopening", ["decision_id"])
    op.create_index("ix_decision_reopening_user_id", "decision_reopening", ["user_id"])

    op.create_table(
        "decision_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column(
            "part",
            sa.Enum(
                "exec_sponsor",
                "sponsor",
                "owner",
                "decider",
                "stakeholder",
                "contributor",
                "dissenter_invited",
                name="part",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("by_reference", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_role_decision_id_decision"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_decision_role_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_decision_role_user_id_user_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_role")),
    )
    op.create_index("ix_decision_role_user_id", "decision_role", ["user_id"])
    op.create_index(
        "uq_decision_role_decider",
        "decision_role",
        ["decision_id"],
        unique=True,
        sqlite_where=sa.text("part = 'decider'"),
        postgresql_where=sa.text("part = 'decider'"),
    )
    op.create_index("uq_decision_role_decision_id_user_id_part", "decision_role", ["decision_id", "user_id", "part"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in WALLS.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away."""
    if op.get_bind().dialect.name == "postgresql":
        for table in WALLS:
            op.execute(f"DROP POLICY wall ON {table}")
    for table in TABLES:
        op.drop_table(table)
