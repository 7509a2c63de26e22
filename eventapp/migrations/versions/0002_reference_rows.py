"""Tiers, sub-regions, countries and free-mail domains that a new installation starts with.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from babel import Locale

from eventapp.core.text import fold
from eventapp.partners.reference import FREE_MAIL_DOMAINS, OTHER_SPELLINGS, SUB_REGIONS, TIERS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def table(name: str, *columns: str) -> sa.TableClause:
    """A table by the columns that are filled here."""
    return sa.table(name, *(sa.column(column) for column in columns))


def upgrade() -> None:
    """Adds the rows. Country names in English and German come from CLDR."""
    english, german = Locale("en").territories, Locale("de").territories
    op.bulk_insert(
        table("tier", "key", "label", "position"),
        [{"key": key, "label": label, "position": n} for key, label, n in TIERS],
    )
    op.bulk_insert(
        table("sub_region", "key", "label", "position"),
        [{"key": key, "label": label, "position": n} for n, (key, label, _codes) in enumerate(SUB_REGIONS, 1)],
    )
    codes = [(code, key) for key, _label, group in SUB_REGIONS for code in group]
    op.bulk_insert(
        table("country", "code", "name", "sub_region_key"),
        [{"code": code, "name": english[code], "sub_region_key": key} for code, key in codes],
    )
    spellings = {
        fold(name): code for code, _key in codes for name in (code, english[code], german[code], *OTHER_SPELLINGS.get(code, ()))
    }
    op.bulk_insert(
        table("country_name", "name", "country_code"), [{"name": name, "country_code": code} for name, code in spellings.items()]
    )
    op.bulk_insert(table("free_mail_domain", "domain"), [{"domain": domain} for domain in FREE_MAIL_DOMAINS])


def downgrade() -> None:
    """Takes them away again."""
    for name in ("free_mail_domain", "country_name", "country", "sub_region", "tier"):
        op.execute(sa.delete(sa.table(name)))
