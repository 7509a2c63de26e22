"""When somebody may sign up to a session: pure functions over facts. The same feed the button and the act."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from eventapp.agenda.models import SignUpStatus
from eventapp.agenda.public.queries import Part
from eventapp.core.i18n import _, ngettext
from eventapp.events.models import EventFormat
from eventapp.events.rules import Blocker


@dataclass(frozen=True)
class Facts:
    """Somebody, a session, and what they have signed up to besides.

    `parts` are those of the session in the release, `others` the parts of the other sessions with a sign-up of theirs, by
    session id. `invited`: the session's rules let them in. `virtual`: they take part on video.
    """

    confirmed: bool
    invited: bool
    virtual: bool
    parts: Sequence[Part]
    others: Mapping[int, Sequence[Part]]
    event_over: bool = False


def blockers(facts: Facts, at: datetime, *, instead: Collection[int] = (), by_hand: bool = False) -> list[Blocker]:
    """Why they may not sign up now, most important first; empty when they may.

    `instead` are sessions that they give up in the same step. `by_hand`: an organizer does it, who may waive what the
    session asks, but not give a place at what does not take place, or to somebody who is not registered.
    """
    first = facts.parts[0] if facts.parts else None
    found = []
    if not facts.confirmed:
        found.append(Blocker("registration", _("Only people with a confirmed registration can sign up.")))
    if first is None or first.cancelled or facts.event_over:
        found.append(Blocker("cancelled", _("This session does not take place.")))
        return found
    if not first.signs_up:
        found.append(Blocker("open", _("Nobody needs to sign up for this session: just come.")))
    if by_hand:
        return found
    if not facts.invited:
        found.append(Blocker("audience", _("This session is for others. Ask the organizer if you should be among them.")))
    if closes_at(facts.parts) <= at:
        found.append(Blocker("closed", _("Signing up is over.")))
    if facts.virtual and first.delivery is EventFormat.IN_PERSON:
        found.append(Blocker("mode", _("This session takes place in the room only, and you take part on video.")))
    found += _track_full(facts, instead)
    if clashing := overlaps(facts, instead):
        titles = ", ".join(parts[0].title for parts in clashing.values())
        found.append(Blocker("overlap", _("It overlaps with %(titles)s, where you have signed up.", titles=titles)))
    return found


def closes_at(parts: Sequence[Part]) -> datetime:
    """Until when one may sign up (UTC): as the session says, at the latest until it starts."""
    start, until = min(part.starts_at for part in parts), parts[0].signs_up_until
    return min(start, until) if until is not None else start


def _track_full(facts: Facts, instead: Collection[int]) -> list[Blocker]:
    first = facts.parts[0]
    if first.most_each is None:
        return []
    has = sum(1 for one, parts in facts.others.items() if one not in instead and parts and parts[0].track_id == first.track_id)
    if has < first.most_each:
        return []
    text = ngettext(
        "You may sign up to %(num)s session of %(track)s, and you have.",
        "You may sign up to %(num)s sessions of %(track)s, and you have.",
        first.most_each,
        track=first.track,
    )
    return [Blocker("track", text)]


def overlaps(facts: Facts, instead: Collection[int] = ()) -> dict[int, Sequence[Part]]:
    """The other sessions with a sign-up that are on at the same time, by id. One that was cancelled overlaps with nothing."""
    return {
        session_id: parts
        for session_id, parts in facts.others.items()
        if session_id not in instead and any(_at_once(mine, other) for mine in facts.parts for other in parts)
    }


def _at_once(mine: Part, other: Part) -> bool:
    return not other.cancelled and mine.starts_at < other.ends_at and other.starts_at < mine.ends_at


def may_give_back(parts: Sequence[Part], at: datetime) -> bool:
    """Whether a place can still be given back: until the session starts."""
    return bool(parts) and min(part.starts_at for part in parts) > at


TONES = {SignUpStatus.CONFIRMED: "ok", SignUpStatus.WAITING: "wait", SignUpStatus.CANCELLED: "off"}
