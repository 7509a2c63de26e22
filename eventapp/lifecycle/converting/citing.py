"""The decision in which a move was agreed: which ones an organizer may name, and what its followers then hear."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.accounts.permissions import Viewer
from eventapp.core.i18n import _
from eventapp.decisions import queries, service
from eventapp.decisions.models import Decision, DecisionContext, DecisionState
from eventapp.events.models import Event
from eventapp.lifecycle.converting.models import CONVERSION_LABELS, Conversion

MADE = (DecisionState.DECIDED, DecisionState.LAUNCHED, DecisionState.CLOSED)


def choices(viewer: Viewer, event: Event) -> Sequence[Decision]:
    """The decisions about the event that have been made, as far as the viewer may read them; latest first."""
    return [one for one in queries.of_context(viewer, DecisionContext.EVENT, event.id) if one.state in MADE]


def cite(made: Conversion, event: Event, decision: Decision, *, viewer: Viewer, at: datetime) -> None:
    """Keeps with the move the decision in which it was agreed, and tells everybody who follows that one."""
    made.decision_id = decision.id
    words = {"event": event.title, "where": CONVERSION_LABELS[made.kind]}
    service.post_update(decision, _("Carried out: “%(event)s” was moved. %(where)s.", **words), viewer=viewer, at=at)
