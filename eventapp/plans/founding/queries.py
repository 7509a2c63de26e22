"""The companies that a partner manager may open plans with."""

from sqlalchemy import select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.text import fold
from eventapp.partners.models import IN_PROGRAMME, Organisation
from eventapp.partners.territory.queries import within

MOST = 50


def companies(viewer: Viewer, text: str) -> list[tuple[int, str, str, str]]:
    """Companies of the viewer's territory whose name begins with the text, or has a word that does; at most `MOST`."""
    if viewer.user is None:
        return []
    query = select(Organisation.id, Organisation.name, Organisation.city, Organisation.country_code)
    query = query.where(within(viewer.user.id), IN_PROGRAMME, Organisation.merged_into_id.is_(None))
    if folded := fold(text):
        query = query.where(Organisation.sort_key.contains(folded, autoescape=True))
    rows = db.session.execute(query.order_by(Organisation.sort_key, Organisation.id).limit(MOST))
    return [(id_, name, city, country) for id_, name, city, country in rows]
