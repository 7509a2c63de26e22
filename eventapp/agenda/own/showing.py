"""What a page says about signing up to a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eventapp.agenda.models import SignUpStatus
from eventapp.agenda.own import rules
from eventapp.agenda.own.mine import Mine
from eventapp.agenda.own.rules import Facts
from eventapp.agenda.public.queries import Part
from eventapp.events.rules import Blocker


@dataclass(frozen=True)
class SignUpState:
    """Whether somebody has a place, may sign up, and what they would have to give up. `left`: places left, none: no limit."""

    status: SignUpStatus | None
    blockers: Sequence[Blocker]
    clashing: Sequence[tuple[int, str]]
    left: int | None
    may_give_back: bool
    closes_at: datetime


def state_of(
    mine: Mine,
    parts: Sequence[Part],
    others: Sequence[Part],
    *,
    left: int | None,
    event_over: bool,
    at: datetime,
) -> SignUpState | None:
    """The state for a session with places; none where nobody signs up. `others` are the parts of one's other sign-ups."""
    if not parts[0].signs_up:
        return None
    session_id = parts[0].session_id
    elsewhere: dict[int, list[Part]] = {}
    for part in others:
        if part.session_id != session_id:
            elsewhere.setdefault(part.session_id, []).append(part)
    facts = Facts(mine.confirmed, session_id in mine.may, mine.virtual, parts, elsewhere, event_over)
    clashing = rules.overlaps(facts)
    return SignUpState(
        status=mine.sign_ups.get(session_id),
        blockers=rules.blockers(facts, at, instead=clashing),
        clashing=[(one, found[0].title) for one, found in clashing.items()],
        left=left,
        may_give_back=rules.may_give_back(parts, at),
        closes_at=rules.closes_at(parts),
    )
