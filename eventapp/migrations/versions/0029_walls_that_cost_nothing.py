"""The same walls, written so that Postgres need not fear them.

`IN (SELECT …)` inside a policy is planned as a table in memory for each place where the walled table stands in a query.
Its cost counts also where there is no wall and it is never made, so every list went through whole tables instead of its
index: ten times as long. An ARRAY is read once for a query, when it is first asked for. What it is read from is narrowed
here, since the policy of that table itself, an OR, can use no index.

Revision ID: 0029
Revises: 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
LOGIN = "(SELECT nullif(current_setting('eventapp.login', true), '')::int)"

OF_COMPANY, OF_PERSON = f"organisation_id = ANY ({COMPANIES})", f"person_id = {PERSON}"
MEMBERS = f"ANY (ARRAY(SELECT DISTINCT person_id FROM membership WHERE {OF_COMPANY}))"
ATTENDEES = f"ANY (ARRAY(SELECT DISTINCT person_id FROM registration WHERE {OF_COMPANY}))"
REGISTRATIONS = f"ANY (ARRAY(SELECT id FROM registration WHERE {OF_COMPANY} OR {OF_PERSON}))"
OWN_REGISTRATIONS = f"ANY (ARRAY(SELECT id FROM registration WHERE {OF_PERSON}))"
OWN_SPEAKERS = f"ANY (ARRAY(SELECT id FROM speaker WHERE {OF_PERSON}))"
OWN_BLOCKS = f"ANY (ARRAY(SELECT id FROM seat_block WHERE {OF_COMPANY}))"


def _is_visible(person: str) -> str:
    return f"{person} = {PERSON} OR {person} = {MEMBERS} OR {person} = {ATTENDEES}"


# Table → what a partner's request sees of it, and how that was said before.
VISIBLE = {
    "organisation": (
        f"id = ANY ({COMPANIES}) OR id = ANY (ARRAY(SELECT organisation_id FROM membership WHERE {OF_PERSON}))",
        f"id = ANY ({COMPANIES}) OR id IN (SELECT organisation_id FROM membership)",
    ),
    "person": (
        _is_visible("id"),
        f"id = {PERSON} OR id IN (SELECT person_id FROM membership) OR id IN (SELECT person_id FROM registration)",
    ),
    "person_email": (_is_visible("person_id"), "person_id IN (SELECT id FROM person)"),
    "person_word": (_is_visible("person_id"), "person_id IN (SELECT id FROM person)"),
    "user_account": (
        f"id = {LOGIN} OR id = ANY (ARRAY(SELECT user_id FROM person WHERE user_id IS NOT NULL AND ({_is_visible('id')})))",
        f"id = {LOGIN} OR id IN (SELECT user_id FROM person)",
    ),
    "needs": (
        f"registration_id = {OWN_REGISTRATIONS}",
        f"registration_id IN (SELECT id FROM registration WHERE {OF_PERSON})",
    ),
    "block_share": (
        f"{OF_COMPANY} OR block_id = {OWN_BLOCKS}",
        f"{OF_COMPANY} OR block_id IN (SELECT id FROM seat_block)",
    ),
    "block_claim": (
        f"share_id = ANY (ARRAY(SELECT id FROM block_share WHERE {OF_COMPANY} OR block_id = {OWN_BLOCKS}))",
        "share_id IN (SELECT id FROM block_share)",
    ),
    **dict.fromkeys(
        ["answer", "answer_draft"],
        (
            f"{OF_COMPANY} OR registration_id = {OWN_REGISTRATIONS}",
            f"{OF_COMPANY} OR registration_id IN (SELECT id FROM registration WHERE {OF_PERSON})",
        ),
    ),
    "answer_file": (
        f"registration_id = {OWN_REGISTRATIONS}",
        f"registration_id IN (SELECT id FROM registration WHERE {OF_PERSON})",
    ),
    "answer_place": (
        f"answer_id = ANY (ARRAY(SELECT id FROM answer WHERE {OF_COMPANY} OR registration_id = {OWN_REGISTRATIONS}))",
        "answer_id IN (SELECT id FROM answer)",
    ),
    **dict.fromkeys(
        ["session_star", "session_sign_up"],
        (f"registration_id = {REGISTRATIONS}", "registration_id IN (SELECT id FROM registration)"),
    ),
    **dict.fromkeys(
        ["speaker_away", "speaker_task"],
        (f"speaker_id = {OWN_SPEAKERS}", f"speaker_id IN (SELECT id FROM speaker WHERE {OF_PERSON})"),
    ),
}


def upgrade() -> None:
    """Says the same anew. SQLite has no walls."""
    if op.get_bind().dialect.name == "postgresql":
        for table, (condition, _before) in VISIBLE.items():
            op.execute(f"ALTER POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Says it as before."""
    if op.get_bind().dialect.name == "postgresql":
        for table, (_condition, before) in VISIBLE.items():
            op.execute(f"ALTER POLICY wall ON {table} USING ({OPEN} OR {before})")
