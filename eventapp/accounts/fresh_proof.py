"""Proof of who one is for one act: given on the way to that act's own page, and used up by it.

Logging in is none, nor is a proof that was given for something else. What was used up stands in the table of one-time keys:
the cookie can be copied.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from eventapp.accounts.rules import PROOF_LASTS
from eventapp.accounts.session_cookie import ask_for_proof, prove
from eventapp.core import once
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _

PROOF_FOR, TYPED = "proof_for", "typed"


class Act(NamedTuple):
    """What the page that asks says before the act, and label and address of where one came from, by the path's values."""

    lead: Any
    back: Callable[[Mapping[str, Any]], tuple[str, str]]


# Acts that want a proof of their own, by endpoint; later features add theirs.
ACTS: dict[str, Act] = {}


class Asked(NamedTuple):
    """What the page that asks says to somebody on the way to an act."""

    lead: str
    back: tuple[str, str]


def asked_for(target: str) -> Asked | None:
    """What is said before the act at this address of ours; none if that needs no proof of its own."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, values = adapter.match(urlsplit(target).path, method="GET") if adapter is not None else ("", {})
    except HTTPException:
        return None
    act = ACTS.get(endpoint)
    return Asked(str(act.lead), act.back(values)) if act is not None else None


def prove_for(target: str) -> None:
    """Notes that the visitor has just proven who they are, on the way to this address."""
    prove()
    if asked_for(target) is not None:
        session[PROOF_FOR] = {"path": urlsplit(target).path, "key": once.new_key(), "at": int(now().timestamp())}


def is_fresh() -> bool:
    """Whether there is a proof for the act of this very page, given a moment ago and not used up.

    A form that was open meanwhile may take twice as long.
    """
    kept = session.get(PROOF_FOR)
    if not isinstance(kept, dict) or kept["path"] != request.path:
        return False
    lasts = PROOF_LASTS * (2 if request.method == "POST" else 1)
    return bool(kept["at"] > now().timestamp() - lasts.total_seconds()) and once.used(kept["key"]) is None


def ask(**typed: Any) -> ResponseReturnValue:
    """Sends the visitor to prove who they are, and back here, where what was `typed` will stand again."""
    if request.method == "POST":
        session[TYPED] = {"path": request.path, "values": typed}
    return ask_for_proof()


def typed() -> dict[str, Any]:
    """What was typed on this page before the proof was asked for."""
    kept = session.get(TYPED)
    return dict(kept["values"]) if isinstance(kept, dict) and kept["path"] == request.path else {}


def use_up(at: datetime) -> datetime:
    """Uses up the proof for this page, in the transaction of the act. Gives when it was given.

    Raises RuleError if it has been used: of acts at the same moment only one gets through.
    """
    kept = session[PROOF_FOR]
    once.hold(kept["key"])
    if once.used(kept["key"]) is not None:
        raise RuleError(_("You have to show once more who you are: what you did counted for one time. Open the page again."))
    once.use(kept["key"], owner="proof", body="", location=kept["path"], at=at)
    return datetime.fromtimestamp(kept["at"], UTC)
