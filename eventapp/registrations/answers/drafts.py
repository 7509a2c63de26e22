"""Forms to be finished later: the fields as they were typed, for 14 days (privacy's purge takes them)."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.text import clean
from eventapp.registrations.answers.models import AnswerDraft

# Of a form, and of nobody's answer: another visit has its own.
LEFT_OUT = frozenset({"csrf_token", "once_key", "version", "later", "anew", "step", "further", "at_once", "back", "add_rows"})
MOST_FIELDS = 3000


def _of(owner: dict[str, Any]) -> Any:
    return select(AnswerDraft).where(*(getattr(AnswerDraft, name) == value for name, value in owner.items()))


def save(typed: MultiDict[str, str], *, event_id: int, at: datetime, **owner: Any) -> bool:
    """Keeps what was typed, instead of what its owner (columns of the table) kept before. Returns whether that was nothing."""
    fields = [[name, clean(value)] for name, value in typed.items(multi=True) if name not in LEFT_OUT][:MOST_FIELDS]
    draft = db.session.scalar(_of({"event_id": event_id, **owner}))
    first = draft is None
    if draft is None:
        draft = AnswerDraft(event_id=event_id, **owner)
        db.session.add(draft)
    draft.fields, draft.saved_at = fields, at
    db.session.flush()
    return first


def load(*, event_id: int, **owner: Any) -> MultiDict[str, str] | None:
    """What was typed and kept; none if there is nothing to go on with."""
    draft = db.session.scalar(_of({"event_id": event_id, **owner}))
    return MultiDict([(name, value) for name, value in draft.fields]) if draft is not None else None


def drop(*, event_id: int, **owner: Any) -> None:
    """Forgets it: the form was finished."""
    conditions = [getattr(AnswerDraft, name) == value for name, value in {"event_id": event_id, **owner}.items()]
    db.session.execute(delete(AnswerDraft).where(*conditions), execution_options={"synchronize_session": "fetch"})
