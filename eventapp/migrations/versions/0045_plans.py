"""Joint business plans: teams, sections with their rows, versions, signatures, actions, reviews; all behind the wall.

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# As in 0029: without a setting there is no wall, and the condition does not hide the index.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
OF_COMPANY = f"side_b_id = ANY ({COMPANIES})"
# The database keeps companies apart; that of a company only the team reads a plan is said by the queries.
OF_PLAN = f"plan_id = ANY (ARRAY(SELECT id FROM plan WHERE {OF_COMPANY}))"
WALLED = [
    "plan_account",
    "plan_action",
    "plan_actual",
    "plan_agreement",
    "plan_change_request",
    "plan_comment",
    "plan_delegation",
    "plan_edit",
    "plan_enablement",
    "plan_fund_claim",
    "plan_fund_request",
    "plan_governance",
    "plan_initiative",
    "plan_lesson",
    "plan_member",
    "plan_objective",
    "plan_resource",
    "plan_review",
    "plan_review_attendee",
    "plan_risk",
    "plan_section",
    "plan_signature",
    "plan_value",
    "plan_version",
]
VISIBLE = {
    **dict.fromkeys(WALLED, OF_PLAN),
    "plan": OF_COMPANY,
    "plan_note": f"side = 'b' AND {OF_PLAN}",
    "plan_file": f"coalesce(private_to, 'b') = 'b' AND {OF_PLAN}",
}

# Kind, name, what it is for, and its sections: key, kind, title, what belongs there, whether it has to be agreed.
STRATEGY = ("strategy", "text", "Strategies of both sides", "What each side wants of the coming year, on one page.", True)
MARKET = ("market", "text", "Market and last year", "Facts that both sides share: market, last year's numbers, lessons.", False)
SWOT = ("swot", "swot", "Strengths and weaknesses", "What the workshop found, with the votes of both sides.", False)
OBJECTIVES = ("objectives", "objectives", "Objectives", "Three to ten, each with numbers, a weight and two owners.", True)
ACCOUNTS = ("accounts", "accounts", "Target accounts", "Customers to win together, and the next step with each.", False)
INITIATIVES = ("initiatives", "initiatives", "Initiatives", "Campaigns, events and solutions, by quarter.", True)
ENABLEMENT = ("enablement", "enablement", "Enablement", "How many people hold which certificate by when.", True)
MDF = ("mdf", "mdf", "Market development funds", "What is asked for, and who pays which share.", False)
RESOURCES = ("resources", "resources", "Resources", "People, budget, licences and labs that each side puts in.", True)
RISKS = ("risks", "risks", "Risks", "What may go wrong, how likely, how bad, and who looks after it.", True)
VALUE = ("value", "value", "Value", "What vendor, partner and customers have of it.", False)
GOVERNANCE = ("governance", "governance", "Governance", "Who meets how often, and where things go up.", True)
TEMPLATES = (
    (
        "partner",
        "Partner plan",
        "A year with a partner: objectives, accounts, marketing, enablement.",
        (STRATEGY, MARKET, SWOT, OBJECTIVES, ACCOUNTS, INITIATIVES, ENABLEMENT, MDF, RESOURCES, RISKS, VALUE, GOVERNANCE),
    ),
    (
        "distributor",
        "Distributor plan",
        "A year with a distributor: reach, recruiting and enabling resellers.",
        (
            STRATEGY,
            MARKET,
            ("channel", "text", "Resellers to develop", "Which resellers to win and to develop, region by region.", True),
            *(SWOT, OBJECTIVES, INITIATIVES, ENABLEMENT, MDF, RESOURCES, RISKS, VALUE, GOVERNANCE),
        ),
    ),
    (
        "alliance",
        "Alliance plan",
        "Two vendors on equal footing: workstreams, shares, rules of engagement.",
        (
            STRATEGY,
            ("rules", "text", "Rules of engagement", "Where both work together, where they compete, what stays apart.", True),
            *(SWOT, OBJECTIVES),
            ("workstreams", "initiatives", "Workstreams", "Each with an owner on both sides.", True),
            ACCOUNTS,
            ("enablement", "enablement", "Cross-enablement", "What people of each side learn about the other's products.", True),
            *(RESOURCES, RISKS, VALUE, GOVERNANCE),
        ),
    ),
)

TABLES = [
    "plan_template",
    "plan_template_section",
    "plan",
    "plan_member",
    "plan_section",
    "plan_account",
    "plan_agreement",
    "plan_change_request",
    "plan_comment",
    "plan_delegation",
    "plan_edit",
    "plan_enablement",
    "plan_governance",
    "plan_initiative",
    "plan_lesson",
    "plan_note",
    "plan_objective",
    "plan_resource",
    "plan_risk",
    "plan_value",
    "plan_version",
    "plan_actual",
    "plan_fund_request",
    "plan_review",
    "plan_signature",
    "plan_action",
    "plan_fund_claim",
    "plan_review_attendee",
    "plan_file",
]


def _add_templates() -> None:
    """The templates to begin with; people change them later."""
    template = sa.table(
        "plan_template", *(sa.column(name) for name in ("id", "kind", "name", "description", "active", "version"))
    )
    section = sa.table(
        "plan_template_section",
        *(sa.column(name) for name in ("template_id", "position", "key", "kind", "title", "help", "required")),
    )
    for kind, name, description, sections in TEMPLATES:
        values = {"kind": kind, "name": name, "description": description, "active": True, "version": 1}
        made = op.get_bind().execute(sa.insert(template).values(**values).returning(template.c.id)).scalar_one()
        rows = [
            {"template_id": made, "position": n, **dict(zip(("key", "kind", "title", "help", "required"), one, strict=True))}
            for n, one in enumerate(sections, start=1)
        ]
        op.bulk_insert(section, rows)


def upgrade() -> None:
    """Makes the tables, their walls, and a template of each kind."""
    op.create_table(
        "plan_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("partner", "distributor", "alliance", name="plankind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_template")),
        sa.UniqueConstraint("name", name=op.f("uq_plan_template_name")),
    )
    op.create_table(
        "plan_template_section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "text",
                "swot",
                "objectives",
                "accounts",
                "initiatives",
                "enablement",
                "mdf",
                "resources",
                "risks",
                "governance",
                "value",
                name="sectionkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("help", sa.String(length=500), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["plan_template.id"],
            name=op.f("fk_plan_template_section_template_id_plan_template"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_template_section")),
        sa.UniqueConstraint("template_id", "key", name=op.f("uq_plan_template_section_template_id_key")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("partner", "distributor", "alliance", name="plankind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("side_a_id", sa.Integer(), nullable=False),
        sa.Column("side_b_id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("follows_id", sa.Integer(), nullable=True),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("fiscal_start", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "workshop",
                "final_review",
                "in_signature",
                "active",
                "completed",
                "cancelled",
                name="planstatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "amendment",
            sa.Enum(
                "editing", "final_review", "in_signature", name="amendment", native_enum=False, create_constraint=True, length=24
            ),
            nullable=True,
        ),
        sa.Column(
            "confidentiality",
            sa.Enum("team", "both", name="confidentiality", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("summary", sa.String(length=1200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ready_a_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_b_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("small_reason", sa.String(length=300), nullable=False),
        sa.Column("small_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("small_by", sa.String(length=254), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_reason", sa.String(length=300), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_reason", sa.String(length=500), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(small_reason = '') = (small_at IS NULL)", name=op.f("ck_plan_small_has_time")),
        sa.CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_plan_cancelled_has_time")),
        sa.CheckConstraint("amendment IS NULL OR status = 'active'", name=op.f("ck_plan_amends_active")),
        sa.CheckConstraint("fiscal_start BETWEEN 1 AND 12", name=op.f("ck_plan_fiscal_start_is_month")),
        sa.CheckConstraint("period_end > period_start", name=op.f("ck_plan_period_in_order")),
        sa.CheckConstraint("side_a_id <> side_b_id", name=op.f("ck_plan_two_sides")),
        sa.ForeignKeyConstraint(["follows_id"], ["plan.id"], name=op.f("fk_plan_follows_id_plan")),
        sa.ForeignKeyConstraint(["side_a_id"], ["organisation.id"], name=op.f("fk_plan_side_a_id_organisation")),
        sa.ForeignKeyConstraint(["side_b_id"], ["organisation.id"], name=op.f("fk_plan_side_b_id_organisation")),
        sa.ForeignKeyConstraint(["template_id"], ["plan_template.id"], name=op.f("fk_plan_template_id_plan_template")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("code", name=op.f("uq_plan_code")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index("ix_plan_side_a_id_status", ["side_a_id", "status"], unique=False)
        batch_op.create_index("ix_plan_side_b_id", ["side_b_id"], unique=False)
        batch_op.create_index(
            "uq_plan_active",
            ["side_a_id", "side_b_id", "kind", "period_start"],
            unique=True,
            sqlite_where=sa.text("status = 'active' AND suspended_at IS NULL"),
            postgresql_where=sa.text("status = 'active' AND suspended_at IS NULL"),
        )

    op.create_table(
        "plan_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_salt", sa.String(length=32), nullable=False),
        sa.Column(
            "function",
            sa.Enum(
                "exec_sponsor",
                "owner",
                "technical_lead",
                "sales",
                "presales",
                "marketing",
                "services",
                "enablement",
                "finance",
                "product",
                "customer_success",
                "other",
                name="memberfunction",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("signatory", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("added_by", sa.String(length=254), nullable=False),
        sa.CheckConstraint("side = 'a' OR user_id IS NULL", name=op.f("ck_plan_member_partner_has_people")),
        sa.CheckConstraint("side = 'b' OR person_id IS NULL", name=op.f("ck_plan_member_vendor_has_logins")),
        sa.CheckConstraint("left_at IS NULL OR left_at >= joined_at", name=op.f("ck_plan_member_leaves_after_joining")),
        sa.CheckConstraint("successor_id IS NULL OR left_at IS NOT NULL", name=op.f("ck_plan_member_successor_of_who_left")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_plan_member_person_id_person")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_member_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["successor_id"], ["plan_member.id"], name=op.f("fk_plan_member_successor_id_plan_member")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_plan_member_user_id_user_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_member")),
    )
    with op.batch_alter_table("plan_member", schema=None) as batch_op:
        batch_op.create_index("ix_plan_member_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_plan_member_plan_id_side", ["plan_id", "side"], unique=False)
        batch_op.create_index("ix_plan_member_user_id", ["user_id"], unique=False)
        batch_op.create_index(
            "uq_plan_member_person",
            ["plan_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.create_index(
            "uq_plan_member_single",
            ["plan_id", "side", "function"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL AND function IN ('exec_sponsor', 'owner', 'technical_lead')"),
            postgresql_where=sa.text("left_at IS NULL AND function IN ('exec_sponsor', 'owner', 'technical_lead')"),
        )
        batch_op.create_index(
            "uq_plan_member_user",
            ["plan_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "plan_section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "text",
                "swot",
                "objectives",
                "accounts",
                "initiatives",
                "enablement",
                "mdf",
                "resources",
                "risks",
                "governance",
                "value",
                name="sectionkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("help", sa.String(length=500), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_html", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("empty", "drafted", "agreed", name="sectionstate", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind = 'text' OR text = ''", name=op.f("ck_plan_section_only_text_has_text")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_section_plan_id_plan"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_section")),
        sa.UniqueConstraint("plan_id", "key", name=op.f("uq_plan_section_plan_id_key")),
    )
    op.create_table(
        "plan_account",
        sa.Column("customer", sa.String(length=200), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=True),
        sa.Column("segment", sa.String(length=80), nullable=False),
        sa.Column("product", sa.String(length=80), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "idea",
                "contacted",
                "qualified",
                "proposal",
                "won",
                "lost",
                name="accountstage",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("next_step", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("owner_a_id", sa.Integer(), nullable=True),
        sa.Column("owner_b_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("expected IS NULL OR expected >= 0", name=op.f("ck_plan_account_expected_not_negative")),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_plan_account_country_code_country")),
        sa.ForeignKeyConstraint(["owner_a_id"], ["plan_member.id"], name=op.f("fk_plan_account_owner_a_id_plan_member")),
        sa.ForeignKeyConstraint(["owner_b_id"], ["plan_member.id"], name=op.f("fk_plan_account_owner_b_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_account_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_account_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_account")),
    )
    with op.batch_alter_table("plan_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_account_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_account_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("section_version", sa.Integer(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_agreement_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_agreement_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_agreement_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_agreement")),
    )
    with op.batch_alter_table("plan_agreement", schema=None) as batch_op:
        batch_op.create_index("ix_plan_agreement_plan_id", ["plan_id"], unique=False)
        batch_op.create_index(
            "uq_plan_agreement_open",
            ["section_id", "side"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "plan_change_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("wanted", sa.String(length=1000), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "rejected",
                "withdrawn",
                name="changestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_plan_change_request_decided_has_time")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_plan_change_request_has_reason")),
        sa.CheckConstraint("state <> 'rejected' OR answer <> ''", name=op.f("ck_plan_change_request_rejected_has_answer")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["plan_member.id"], name=op.f("fk_plan_change_request_decided_by_id_plan_member")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_change_request_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["plan_member.id"], name=op.f("fk_plan_change_request_proposed_by_id_plan_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_change_request")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_change_request_plan_id_number")),
    )
    op.create_table(
        "plan_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("text <> ''", name=op.f("ck_plan_comment_says_something")),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_comment_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_comment_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_comment_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_comment")),
    )
    with op.batch_alter_table("plan_comment", schema=None) as batch_op:
        batch_op.create_index("ix_plan_comment_plan_id_section_id", ["plan_id", "section_id"], unique=False)

    op.create_table(
        "plan_delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("sponsor_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("text <> ''", name=op.f("ck_plan_delegation_in_writing")),
        sa.CheckConstraint("sponsor_id <> delegate_id", name=op.f("ck_plan_delegation_two_people")),
        sa.ForeignKeyConstraint(["delegate_id"], ["plan_member.id"], name=op.f("fk_plan_delegation_delegate_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_delegation_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sponsor_id"], ["plan_member.id"], name=op.f("fk_plan_delegation_sponsor_id_plan_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_delegation")),
    )
    with op.batch_alter_table("plan_delegation", schema=None) as batch_op:
        batch_op.create_index("ix_plan_delegation_plan_id", ["plan_id"], unique=False)
        batch_op.create_index(
            "uq_plan_delegation_open",
            ["sponsor_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "plan_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_edit_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_edit_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_edit_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_edit")),
    )
    with op.batch_alter_table("plan_edit", schema=None) as batch_op:
        batch_op.create_index("ix_plan_edit_kind_row_id_version", ["kind", "row_id", "version"], unique=False)
        batch_op.create_index("ix_plan_edit_plan_id_id", ["plan_id", "id"], unique=False)

    op.create_table(
        "plan_enablement",
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("course_code", sa.String(length=40), nullable=False),
        sa.Column(
            "for_side", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=False
        ),
        sa.Column("head_count", sa.Integer(), nullable=False),
        sa.Column("due_quarter", sa.Integer(), nullable=False),
        sa.Column("owner_a_id", sa.Integer(), nullable=True),
        sa.Column("owner_b_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("due_quarter BETWEEN 1 AND 4", name=op.f("ck_plan_enablement_quarter_in_year")),
        sa.CheckConstraint("head_count >= 1", name=op.f("ck_plan_enablement_somebody")),
        sa.ForeignKeyConstraint(["owner_a_id"], ["plan_member.id"], name=op.f("fk_plan_enablement_owner_a_id_plan_member")),
        sa.ForeignKeyConstraint(["owner_b_id"], ["plan_member.id"], name=op.f("fk_plan_enablement_owner_b_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_enablement_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_enablement_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_enablement")),
    )
    with op.batch_alter_table("plan_enablement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_enablement_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_enablement_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_governance",
        sa.Column(
            "layer",
            sa.Enum(
                "steering", "managers", "working", name="governancelayer", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "weekly",
                "fortnightly",
                "monthly",
                "quarterly",
                "half_yearly",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("escalation", sa.String(length=300), nullable=False),
        sa.Column("owner_a_id", sa.Integer(), nullable=True),
        sa.Column("owner_b_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_a_id"], ["plan_member.id"], name=op.f("fk_plan_governance_owner_a_id_plan_member")),
        sa.ForeignKeyConstraint(["owner_b_id"], ["plan_member.id"], name=op.f("fk_plan_governance_owner_b_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_governance_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_governance_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_governance")),
    )
    with op.batch_alter_table("plan_governance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_governance_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_governance_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_initiative",
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "campaign",
                "event",
                "solution",
                "enablement",
                "services",
                "workstream",
                name="initiativekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.String(length=1000), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=True),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("success_measure", sa.String(length=300), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "running",
                "done",
                "stopped",
                name="initiativestatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("owner_a_id", sa.Integer(), nullable=True),
        sa.Column("owner_b_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("budget IS NULL OR budget >= 0", name=op.f("ck_plan_initiative_budget_not_negative")),
        sa.CheckConstraint("quarter IS NULL OR quarter BETWEEN 1 AND 4", name=op.f("ck_plan_initiative_quarter_in_year")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_plan_initiative_event_id_event"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner_a_id"], ["plan_member.id"], name=op.f("fk_plan_initiative_owner_a_id_plan_member")),
        sa.ForeignKeyConstraint(["owner_b_id"], ["plan_member.id"], name=op.f("fk_plan_initiative_owner_b_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_initiative_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_initiative_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_initiative")),
    )
    with op.batch_alter_table("plan_initiative", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_initiative_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_initiative_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_lesson",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("keep", "change", "try", name="lessonkind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("side", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_plan_lesson_says_something")),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_lesson_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_lesson_plan_id_plan"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_lesson")),
    )
    with op.batch_alter_table("plan_lesson", schema=None) as batch_op:
        batch_op.create_index("ix_plan_lesson_plan_id", ["plan_id"], unique=False)

    op.create_table(
        "plan_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_plan_note_says_something")),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_note_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_note_plan_id_plan"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_note")),
    )
    with op.batch_alter_table("plan_note", schema=None) as batch_op:
        batch_op.create_index("ix_plan_note_plan_id_side", ["plan_id", "side"], unique=False)

    op.create_table(
        "plan_objective",
        sa.Column(
            "category",
            sa.Enum(
                "revenue",
                "pipeline",
                "new_customers",
                "retention",
                "certification",
                "deal_registration",
                "marketing",
                "co_creation",
                "satisfaction",
                "learning",
                "custom",
                name="objectivecategory",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("statement", sa.String(length=300), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "currency",
                "count",
                "percent",
                "score",
                "yes_no",
                name="objectiveunit",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "direction",
            sa.Enum("maximize", "minimize", "band", name="direction", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "roll_up",
            sa.Enum("additive", "level", name="rollup", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("baseline", sa.BigInteger(), nullable=True),
        sa.Column("annual", sa.BigInteger(), nullable=True),
        sa.Column("q1", sa.BigInteger(), nullable=True),
        sa.Column("q2", sa.BigInteger(), nullable=True),
        sa.Column("q3", sa.BigInteger(), nullable=True),
        sa.Column("q4", sa.BigInteger(), nullable=True),
        sa.Column("band_low", sa.BigInteger(), nullable=True),
        sa.Column("band_high", sa.BigInteger(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "manual",
                "training",
                "registration",
                "import",
                name="actualsource",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("source_key", sa.String(length=80), nullable=False),
        sa.Column("product", sa.String(length=80), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=True),
        sa.Column("share_a", sa.Integer(), nullable=True),
        sa.Column("owner_a_id", sa.Integer(), nullable=True),
        sa.Column("owner_b_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("statement <> ''", name=op.f("ck_plan_objective_says_something")),
        sa.CheckConstraint(
            "band_low IS NULL OR band_high IS NULL OR band_low <= band_high", name=op.f("ck_plan_objective_band_in_order")
        ),
        sa.CheckConstraint("share_a IS NULL OR share_a BETWEEN 0 AND 100", name=op.f("ck_plan_objective_share_in_range")),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_plan_objective_weight_in_range")),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_plan_objective_country_code_country")),
        sa.ForeignKeyConstraint(["owner_a_id"], ["plan_member.id"], name=op.f("fk_plan_objective_owner_a_id_plan_member")),
        sa.ForeignKeyConstraint(["owner_b_id"], ["plan_member.id"], name=op.f("fk_plan_objective_owner_b_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_objective_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_objective_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_objective")),
    )
    with op.batch_alter_table("plan_objective", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_objective_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_objective_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_resource",
        sa.Column("side", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "people",
                "budget",
                "licences",
                "lab",
                "marketing",
                name="resourcekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_plan_resource_quantity_not_negative")),
        sa.CheckConstraint("quarter IS NULL OR quarter BETWEEN 1 AND 4", name=op.f("ck_plan_resource_quarter_in_year")),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_resource_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_resource_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_resource_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_resource")),
    )
    with op.batch_alter_table("plan_resource", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_resource_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_resource_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_risk",
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("probability", sa.Integer(), nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("mitigation", sa.String(length=500), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("impact BETWEEN 1 AND 5", name=op.f("ck_plan_risk_impact_in_range")),
        sa.CheckConstraint("probability BETWEEN 1 AND 5", name=op.f("ck_plan_risk_probability_in_range")),
        sa.ForeignKeyConstraint(["owner_id"], ["plan_member.id"], name=op.f("fk_plan_risk_owner_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_risk_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_risk_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_risk")),
    )
    with op.batch_alter_table("plan_risk", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_risk_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_risk_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_value",
        sa.Column(
            "value_for",
            sa.Enum("vendor", "partner", "customer", name="valuefor", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("baseline", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_value_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_value_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_value")),
    )
    with op.batch_alter_table("plan_value", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_value_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_value_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("change_summary", sa.String(length=1000), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "kept",
                "in_signature",
                "in_force",
                "dropped",
                "lapsed",
                "superseded",
                name="versionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'in_signature' OR due_at IS NOT NULL", name=op.f("ck_plan_version_signature_has_deadline")),
        sa.CheckConstraint("length(content_hash) = 64", name=op.f("ck_plan_version_hash_is_sha256")),
        sa.ForeignKeyConstraint(["created_by_id"], ["plan_member.id"], name=op.f("fk_plan_version_created_by_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_version_plan_id_plan"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("plan_id", "major", "minor", name=op.f("uq_plan_version_plan_id_major_minor")),
    )
    with op.batch_alter_table("plan_version", schema=None) as batch_op:
        batch_op.create_index(
            "uq_plan_version_in_force",
            ["plan_id"],
            unique=True,
            sqlite_where=sa.text("state = 'in_force'"),
            postgresql_where=sa.text("state = 'in_force'"),
        )
        batch_op.create_index(
            "uq_plan_version_in_signature",
            ["plan_id"],
            unique=True,
            sqlite_where=sa.text("state = 'in_signature'"),
            postgresql_where=sa.text("state = 'in_signature'"),
        )

    op.create_table(
        "plan_actual",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("objective_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "manual",
                "training",
                "registration",
                "import",
                name="actualsource",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(source IN ('manual', 'import')) = (entered_by_id IS NOT NULL)", name=op.f("ck_plan_actual_entered_by_somebody")
        ),
        sa.CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_plan_actual_confirmed_has_time")),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_plan_actual_quarter_in_year")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["plan_member.id"], name=op.f("fk_plan_actual_confirmed_by_id_plan_member")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["plan_member.id"], name=op.f("fk_plan_actual_entered_by_id_plan_member")),
        sa.ForeignKeyConstraint(["objective_id"], ["plan_objective.id"], name=op.f("fk_plan_actual_objective_id_plan_objective")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_actual_plan_id_plan"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_actual")),
        sa.UniqueConstraint("objective_id", "quarter", name=op.f("uq_plan_actual_objective_id_quarter")),
    )
    with op.batch_alter_table("plan_actual", schema=None) as batch_op:
        batch_op.create_index("ix_plan_actual_plan_id", ["plan_id"], unique=False)

    op.create_table(
        "plan_fund_request",
        sa.Column("activity", sa.String(length=200), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("vendor_percent", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "approved",
                "rejected",
                "expired",
                name="fundstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("claim_until", sa.Date(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'rejected' OR decision_note <> ''", name=op.f("ck_plan_fund_request_rejected_has_reason")),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_at IS NOT NULL", name=op.f("ck_plan_fund_request_decided_has_time")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_plan_fund_request_amount_not_negative")),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_plan_fund_request_quarter_in_year")),
        sa.CheckConstraint("vendor_percent BETWEEN 0 AND 100", name=op.f("ck_plan_fund_request_percent_in_range")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["plan_member.id"], name=op.f("fk_plan_fund_request_decided_by_id_plan_member")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_plan_fund_request_event_id_event"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["plan_initiative.id"],
            name=op.f("fk_plan_fund_request_initiative_id_plan_initiative"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_fund_request_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_fund_request_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["plan_member.id"], name=op.f("fk_plan_fund_request_submitted_by_id_plan_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_fund_request")),
    )
    with op.batch_alter_table("plan_fund_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_fund_request_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_fund_request_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "frozen",
                "held",
                "escalated",
                "accepted",
                name="reviewstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes_long", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("numbers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column(
            "rag",
            sa.Enum("green", "amber", "red", "grey", name="rag", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("accepted_a_by_id", sa.Integer(), nullable=True),
        sa.Column("accepted_a_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_b_by_id", sa.Integer(), nullable=True),
        sa.Column("accepted_b_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'accepted' OR (accepted_a_at IS NOT NULL AND accepted_b_at IS NOT NULL)",
            name=op.f("ck_plan_review_accepted_by_both"),
        ),
        sa.CheckConstraint("state = 'planned' OR frozen_at IS NOT NULL", name=op.f("ck_plan_review_frozen_has_time")),
        sa.CheckConstraint("state IN ('planned', 'frozen') OR held_on IS NOT NULL", name=op.f("ck_plan_review_held_has_day")),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_plan_review_quarter_in_year")),
        sa.ForeignKeyConstraint(
            ["accepted_a_by_id"], ["plan_member.id"], name=op.f("fk_plan_review_accepted_a_by_id_plan_member")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_b_by_id"], ["plan_member.id"], name=op.f("fk_plan_review_accepted_b_by_id_plan_member")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_review_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["plan_version.id"], name=op.f("fk_plan_review_version_id_plan_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_review")),
        sa.UniqueConstraint("plan_id", "quarter", name=op.f("uq_plan_review_plan_id_quarter")),
    )
    with op.batch_alter_table("plan_review", schema=None) as batch_op:
        batch_op.create_index("ix_plan_review_state_planned_at", ["state", "planned_at"], unique=False)

    op.create_table(
        "plan_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("for_sponsor_id", sa.Integer(), nullable=True),
        sa.Column("side", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column(
            "function",
            sa.Enum(
                "exec_sponsor",
                "owner",
                "technical_lead",
                "sales",
                "presales",
                "marketing",
                "services",
                "enablement",
                "finance",
                "product",
                "customer_success",
                "other",
                name="memberfunction",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("statement", sa.String(length=500), nullable=False),
        sa.Column("typed_name", sa.String(length=200), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("network", sa.String(length=60), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "valid",
                "superseded",
                "withdrawn",
                "declined",
                name="signaturestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'declined' OR reason <> ''", name=op.f("ck_plan_signature_declined_has_reason")),
        sa.CheckConstraint(
            "state = 'declined' OR (typed_name <> '' AND proven_at IS NOT NULL)", name=op.f("ck_plan_signature_signed_is_proven")
        ),
        sa.CheckConstraint("length(content_hash) = 64", name=op.f("ck_plan_signature_hash_is_sha256")),
        sa.ForeignKeyConstraint(
            ["for_sponsor_id"], ["plan_member.id"], name=op.f("fk_plan_signature_for_sponsor_id_plan_member")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_signature_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_signature_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["plan_version.id"], name=op.f("fk_plan_signature_version_id_plan_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_signature")),
    )
    with op.batch_alter_table("plan_signature", schema=None) as batch_op:
        batch_op.create_index("ix_plan_signature_plan_id", ["plan_id"], unique=False)
        batch_op.create_index(
            "uq_plan_signature_valid",
            ["version_id", "member_id"],
            unique=True,
            sqlite_where=sa.text("state = 'valid'"),
            postgresql_where=sa.text("state = 'valid'"),
        )

    op.create_table(
        "plan_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("accountable_id", sa.Integer(), nullable=False),
        sa.Column("helper_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "in_progress",
                "blocked",
                "done",
                "dropped",
                name="actionstatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("blocked_by", sa.String(length=300), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "plan",
                "workshop",
                "review",
                "decision",
                name="actionorigin",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.String(length=1000), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('done', 'dropped')) = (ended_at IS NOT NULL)", name=op.f("ck_plan_action_ended_has_time")
        ),
        sa.CheckConstraint("status <> 'blocked' OR blocked_by <> ''", name=op.f("ck_plan_action_blocked_by_something")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_plan_action_says_something")),
        sa.CheckConstraint("helper_id IS NULL OR helper_id <> accountable_id", name=op.f("ck_plan_action_two_people")),
        sa.ForeignKeyConstraint(["accountable_id"], ["plan_member.id"], name=op.f("fk_plan_action_accountable_id_plan_member")),
        sa.ForeignKeyConstraint(["created_by_id"], ["plan_member.id"], name=op.f("fk_plan_action_created_by_id_plan_member")),
        sa.ForeignKeyConstraint(["helper_id"], ["plan_member.id"], name=op.f("fk_plan_action_helper_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_action_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["review_id"], ["plan_review.id"], name=op.f("fk_plan_action_review_id_plan_review"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_action")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_action_plan_id_number")),
    )
    with op.batch_alter_table("plan_action", schema=None) as batch_op:
        batch_op.create_index("ix_plan_action_accountable_id_status", ["accountable_id", "status"], unique=False)
        batch_op.create_index("ix_plan_action_status_due_on", ["status", "due_on"], unique=False)

    op.create_table(
        "plan_fund_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "approved",
                "rejected",
                "paid",
                name="claimstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(length=500), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'paid') = (paid_on IS NOT NULL)", name=op.f("ck_plan_fund_claim_paid_has_day")),
        sa.CheckConstraint("state <> 'rejected' OR decision_note <> ''", name=op.f("ck_plan_fund_claim_rejected_has_reason")),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'rejected', 'paid') OR decided_at IS NOT NULL",
            name=op.f("ck_plan_fund_claim_decided_has_time"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_plan_fund_claim_amount_positive")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["plan_member.id"], name=op.f("fk_plan_fund_claim_decided_by_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_fund_claim_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["plan_fund_request.id"], name=op.f("fk_plan_fund_claim_request_id_plan_fund_request")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["plan_member.id"], name=op.f("fk_plan_fund_claim_submitted_by_id_plan_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_fund_claim")),
    )
    with op.batch_alter_table("plan_fund_claim", schema=None) as batch_op:
        batch_op.create_index("ix_plan_fund_claim_plan_id", ["plan_id"], unique=False)
        batch_op.create_index("ix_plan_fund_claim_request_id", ["request_id"], unique=False)

    op.create_table(
        "plan_review_attendee",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_review_attendee_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_review_attendee_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["review_id"], ["plan_review.id"], name=op.f("fk_plan_review_attendee_review_id_plan_review"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "member_id", name=op.f("pk_plan_review_attendee")),
    )
    with op.batch_alter_table("plan_review_attendee", schema=None) as batch_op:
        batch_op.create_index("ix_plan_review_attendee_plan_id", ["plan_id"], unique=False)

    op.create_table(
        "plan_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column(
            "private_to", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=True
        ),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("claim_id IS NULL OR action_id IS NULL", name=op.f("ck_plan_file_of_one_thing")),
        sa.ForeignKeyConstraint(
            ["action_id"], ["plan_action.id"], name=op.f("fk_plan_file_action_id_plan_action"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["plan_fund_claim.id"], name=op.f("fk_plan_file_claim_id_plan_fund_claim"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_file_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_file_plan_id_plan"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_file")),
        sa.UniqueConstraint("key", name=op.f("uq_plan_file_key")),
    )
    with op.batch_alter_table("plan_file", schema=None) as batch_op:
        batch_op.create_index("ix_plan_file_action_id", ["action_id"], unique=False)
        batch_op.create_index("ix_plan_file_claim_id", ["claim_id"], unique=False)
        batch_op.create_index("ix_plan_file_plan_id", ["plan_id"], unique=False)
    _add_templates()
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in VISIBLE.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away, those first that others do not need."""
    for table in reversed(TABLES):
        op.drop_table(table)
