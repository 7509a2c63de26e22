"""The community: a directory, meetings, first steps and buddies of newcomers; and the consent to stand in the directory.

Revision ID: 0056
Revises: 0055
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

# As in 0029: without a setting there is no wall.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
HAS_COMPANY = "(SELECT current_setting('eventapp.companies', true) <> '0')"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
OF_COMPANY = f"organisation_id = ANY ({COMPANIES})"
OF_LISTING = "listing_id = ANY (ARRAY(SELECT id FROM listing))"
# A request is there for whoever sent it, and unless it is hidden for the person or the company that was asked.
ASKED = f"to_person_id = {PERSON} OR (to_person_id IS NULL AND to_organisation_id = ANY ({COMPANIES}))"
WALLS = {
    # What is shown is for everybody of a partner; what a company prepares, for itself.
    "listing": f"(listed_at IS NOT NULL AND {HAS_COMPANY}) OR person_id = {PERSON} OR (person_id IS NULL AND {OF_COMPANY})",
    "listing_interest": OF_LISTING,
    "listing_country": OF_LISTING,
    "meeting_request": f"from_person_id = {PERSON} OR (NOT hidden AND ({ASKED}))",
    "meeting_block": f"person_id = {PERSON} OR {OF_COMPANY}",
    "onboarding_tick": OF_COMPANY,
    # Newcomers choose among those who offer.
    "buddy_offer": HAS_COMPANY,
    "buddy_pair": f"newcomer_id = ANY ({COMPANIES}) OR buddy_id = ANY ({COMPANIES})",
}
TABLES = (
    *("interest", "onboarding_item", "buddy_offer", "buddy_pair", "listing", "meeting_block", "meeting_request"),
    *("onboarding_tick", "listing_country", "listing_interest"),
)
KINDS = ("marketing", "directory", "sponsors", "distributor", "photo", "recording", "needs")
# To begin with; organizers change them.
INTERESTS = (
    *("Application modernisation", "Artificial intelligence", "Automation", "Business continuity", "Containers"),
    *("Data platforms", "Edge computing", "Managed services", "Migration", "Public sector", "Security", "Storage"),
    *("Sustainability", "Training", "Virtualisation"),
)
# Title, how, and the fact by which it ticks itself.
ITEMS = (
    ("Describe your company", "What you do and your website, on your company's profile.", "profile"),
    ("Show your company in the directory", "Other partners find you by your interests.", "listed"),
    ("Find a buddy", "A pioneer whom you can ask what is not written anywhere.", "buddy"),
    ("Register a colleague for an event", "The next partner conference, or whatever comes before.", "registered"),
    ("Complete a first course", "One of your people is enough.", "course"),
    ("Open a joint plan", "Your partner manager opens it with you.", "plan"),
    ("Tell us who else should hear from us", "Add your colleagues, each with what they do.", None),
)


def _seed() -> None:
    interest = sa.table("interest", sa.column("name"))
    op.bulk_insert(interest, [{"name": name} for name in INTERESTS])
    item = sa.table("onboarding_item", *(sa.column(name) for name in ("position", "title", "help", "fact", "version")))
    rows = [dict(zip(("title", "help", "fact"), one, strict=True)) for one in ITEMS]
    op.bulk_insert(item, [{"position": n, "version": 1, **one} for n, one in enumerate(rows, start=1)])


def _kinds(kinds: tuple[str, ...]) -> None:
    """Which kinds of consent there are."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_consent_consentkind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_consent_consentkind"), f"kind IN ({listed})")


def upgrade() -> None:
    """Makes the tables with their walls, words and steps to begin with, and a kind of consent."""
    _kinds((*KINDS, "community"))
    op.create_table(
        "interest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest")),
        sa.UniqueConstraint("name", name=op.f("uq_interest_name")),
    )
    op.create_table(
        "onboarding_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("help", sa.String(length=400), nullable=False),
        sa.Column(
            "fact",
            sa.Enum(
                "profile",
                "listed",
                "registered",
                "course",
                "plan",
                "buddy",
                name="fact",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onboarding_item")),
    )
    op.create_table(
        "buddy_offer",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("most BETWEEN 1 AND 5", name=op.f("ck_buddy_offer_most_in_range")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["person.id"], name=op.f("fk_buddy_offer_contact_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_buddy_offer_organisation_id_organisation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_buddy_offer")),
    )
    op.create_table(
        "buddy_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("newcomer_id", sa.Integer(), nullable=False),
        sa.Column("buddy_id", sa.Integer(), nullable=False),
        sa.Column(
            "proposed_by",
            sa.Enum("vendor", "newcomer", name="proposedby", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("newcomer_contact_id", sa.Integer(), nullable=True),
        sa.Column("newcomer_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("buddy_contact_id", sa.Integer(), nullable=True),
        sa.Column("buddy_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("newcomer_id <> buddy_id", name=op.f("ck_buddy_pair_two_companies")),
        sa.ForeignKeyConstraint(
            ["buddy_contact_id"], ["person.id"], name=op.f("fk_buddy_pair_buddy_contact_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["buddy_id"], ["organisation.id"], name=op.f("fk_buddy_pair_buddy_id_organisation"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["newcomer_contact_id"], ["person.id"], name=op.f("fk_buddy_pair_newcomer_contact_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["newcomer_id"], ["organisation.id"], name=op.f("fk_buddy_pair_newcomer_id_organisation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buddy_pair")),
    )
    with op.batch_alter_table("buddy_pair", schema=None) as batch_op:
        batch_op.create_index("ix_buddy_pair_buddy_id", ["buddy_id"], unique=False)
        batch_op.create_index(
            "uq_buddy_pair_newcomer_id",
            ["newcomer_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "listing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("headline", sa.String(length=150), nullable=False),
        sa.Column("about", sa.String(length=1000), nullable=False),
        sa.Column("looking_for", sa.String(length=500), nullable=False),
        sa.Column("offering", sa.String(length=500), nullable=False),
        sa.Column("languages", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("person_id IS NULL OR listed_at IS NOT NULL", name=op.f("ck_listing_people_only_while_shown")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_listing_organisation_id_organisation"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_listing_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
    )
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index("ix_listing_organisation_id", ["organisation_id"], unique=False)
        batch_op.create_index(
            "uq_listing_organisation",
            ["organisation_id"],
            unique=True,
            sqlite_where=sa.text("person_id IS NULL"),
            postgresql_where=sa.text("person_id IS NULL"),
        )
        batch_op.create_index("uq_listing_person_id", ["person_id"], unique=True)

    op.create_table(
        "meeting_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("blocked_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (organisation_id IS NULL)", name=op.f("ck_meeting_block_of_a_person_or_a_company")
        ),
        sa.CheckConstraint("person_id IS NULL OR person_id <> blocked_id", name=op.f("ck_meeting_block_not_oneself")),
        sa.ForeignKeyConstraint(
            ["blocked_id"], ["person.id"], name=op.f("fk_meeting_block_blocked_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_meeting_block_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_meeting_block_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_block")),
    )
    with op.batch_alter_table("meeting_block", schema=None) as batch_op:
        batch_op.create_index("ix_meeting_block_blocked_id", ["blocked_id"], unique=False)
        batch_op.create_index("uq_meeting_block_organisation_id_blocked_id", ["organisation_id", "blocked_id"], unique=True)
        batch_op.create_index("uq_meeting_block_person_id_blocked_id", ["person_id", "blocked_id"], unique=True)

    op.create_table(
        "meeting_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_person_id", sa.Integer(), nullable=False),
        sa.Column("from_organisation_id", sa.Integer(), nullable=False),
        sa.Column("to_person_id", sa.Integer(), nullable=True),
        sa.Column("to_organisation_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=150), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("times", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "other_time",
                "accepted",
                "declined",
                "withdrawn",
                name="meetingstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('accepted', 'declined', 'withdrawn')) = (ended_at IS NOT NULL)",
            name=op.f("ck_meeting_request_ended_has_time"),
        ),
        sa.CheckConstraint("agreed_at IS NULL OR state = 'accepted'", name=op.f("ck_meeting_request_agreed_if_accepted")),
        sa.CheckConstraint("subject <> ''", name=op.f("ck_meeting_request_says_what_about")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_meeting_request_answered_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_meeting_request_event_id_event"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["from_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_meeting_request_from_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["from_person_id"], ["person.id"], name=op.f("fk_meeting_request_from_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["to_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_meeting_request_to_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["to_person_id"], ["person.id"], name=op.f("fk_meeting_request_to_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_request")),
    )
    with op.batch_alter_table("meeting_request", schema=None) as batch_op:
        batch_op.create_index("ix_meeting_request_from_person_id", ["from_person_id"], unique=False)
        batch_op.create_index("ix_meeting_request_to_organisation_id", ["to_organisation_id"], unique=False)
        batch_op.create_index("ix_meeting_request_to_person_id", ["to_person_id"], unique=False)
        batch_op.create_index(
            "uq_meeting_request_open_company",
            ["from_person_id", "to_organisation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL AND to_person_id IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL AND to_person_id IS NULL"),
        )
        batch_op.create_index(
            "uq_meeting_request_open_person",
            ["from_person_id", "to_person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL AND to_person_id IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NULL AND to_person_id IS NOT NULL"),
        )

    op.create_table(
        "onboarding_tick",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticked_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["onboarding_item.id"], name=op.f("fk_onboarding_tick_item_id_onboarding_item"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_onboarding_tick_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "item_id", name=op.f("pk_onboarding_tick")),
    )
    op.create_table(
        "listing_country",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_listing_country_country_code_country")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_listing_country_listing_id_listing"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listing_id", "country_code", name=op.f("pk_listing_country")),
    )
    with op.batch_alter_table("listing_country", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listing_country_country_code"), ["country_code"], unique=False)

    op.create_table(
        "listing_interest",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("interest_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interest_id"], ["interest.id"], name=op.f("fk_listing_interest_interest_id_interest"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_listing_interest_listing_id_listing"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listing_id", "interest_id", name=op.f("pk_listing_interest")),
    )
    with op.batch_alter_table("listing_interest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listing_interest_interest_id"), ["interest_id"], unique=False)

    _seed()
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in WALLS.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away; consents to stand in a directory that is no more go with it."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DELETE FROM consent WHERE kind = 'community'")
    _kinds(KINDS)
