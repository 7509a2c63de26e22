"""What every act on a decision does: lock it, touch it, and write the log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import StaleError
from eventapp.core.i18n import _
from eventapp.core.text import fold
from eventapp.decisions.mails import discreet, title_of
from eventapp.decisions.models import REOPENABLE, Decision, DecisionContext
from eventapp.decisions.rules import fold_for_search

# What the log keeps of every decision.
LASTING = frozenset({"context", "practice", "openness", "role", "state", "accepted"})


def lock(decision: Decision) -> Decision:
    """The decision as it is now, locked until the transaction ends: all acts on it stand in a row."""
    query = select(Decision).where(Decision.id == decision.id)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def lock_version(decision: Decision, version: int) -> Decision:
    """The same. Raises StaleError if somebody saved it since `version`."""
    found = lock(decision)
    if found.version != version:
        raise StaleError(_("Somebody else has changed this decision since you opened it. Compare, then save again."))
    return found


def touch(decision: Decision, at: datetime) -> None:
    """Something about the decision has changed: moves it to the front of the board, and renews what the archive finds.

    What is to be decided is not found before it is: all who read the decision search the same words.
    """
    decision.changed_at = at
    texts = (decision.code, decision.title, decision.context_label, decision.problem)
    outcome = (decision.result, decision.rationale, decision.lessons) if decision.state in REOPENABLE else ()
    decision.searched = fold_for_search(*texts, *outcome, fold=fold)
    db.session.flush()


def about(decision: Decision, at: datetime, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the log says of every act on a decision besides what it was.

    Of one that is its team's alone, or of a plan, it keeps which fields changed and where it stands, but no words: others read
    the log.
    """
    event = decision.context is DecisionContext.EVENT
    if discreet(decision) and changes:
        kept = {name: value for name, value in changes.items() if name in LASTING}
        changes = {**kept, "fields": ", ".join(sorted(changes))}
    return {
        "at": at,
        "object_type": "decision",
        "object_id": decision.id,
        "object_name": title_of(decision),
        "event_id": decision.context_id if event else None,
        "changes": changes,
    }


def name_of(by: Actor) -> str:
    """How pages name who acted: by name, where the log has the address."""
    return by.display_name if isinstance(by, User) else by.actor_name


def company_of(viewer: Viewer) -> str:
    """The name of the company that the viewer acts for; empty for the vendor's people."""
    return "" if viewer.roles or viewer.seat is None else viewer.seat.company_name
