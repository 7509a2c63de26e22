"""Rules of meetings: whose turn it is, what an answer may be, what must be said. Pure functions."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from eventapp.community.models import MEETING_TRANSITIONS, MeetingState
from eventapp.core.i18n import _, _l

MOST_TIMES = 3
# From one person: requests in a day, and those that wait for an answer.
MOST_A_DAY, MOST_WAITING = 10, 20
DAY = timedelta(days=1)
# How long a meeting is in a calendar.
LASTS = timedelta(minutes=30)
# Nobody means a time further away than that.
LATEST = timedelta(days=730)


class Side(StrEnum):
    """Who somebody is in a request: the one who asked, or (one of) those who were asked."""

    SENDER = "sender"
    ASKED = "asked"


class Say(StrEnum):
    """What somebody answers."""

    YES = "yes"
    NO = "no"
    OTHER = "other"


SAY_LABELS = {Say.YES: _l("Yes, let us meet"), Say.NO: _l("No"), Say.OTHER: _l("Another time")}
TURNS = {MeetingState.ASKED: Side.ASKED, MeetingState.OTHER_TIME: Side.SENDER}


def is_turn(state: MeetingState, side: Side) -> bool:
    """Whether it is for that side to answer."""
    return TURNS.get(state) is side


def state_after(state: MeetingState, say: Say) -> MeetingState:
    """Where an answer leads from a state in which one is waited for."""
    other = MeetingState.OTHER_TIME if state is MeetingState.ASKED else MeetingState.ASKED
    after = {Say.YES: MeetingState.ACCEPTED, Say.NO: MeetingState.DECLINED, Say.OTHER: other}[say]
    assert after in MEETING_TRANSITIONS[state]
    return after


def times_missing(times: Sequence[datetime], at_event: bool, at: datetime) -> str:
    """What is wrong with the times that are proposed; empty when nothing is."""
    if not times and not at_event:
        return _("Propose at least one time, or an event at which you meet.")
    if any(one <= at for one in times):
        return _("This time is over. Propose a later one.")
    if any(one > at + LATEST for one in times):
        return _("This is too far away. Propose a time in the next two years.")
    return ""


def chosen_missing(chosen: datetime | None, proposed: Collection[datetime], at: datetime) -> str:
    """What is wrong with the time that a yes is about; empty when nothing is."""
    if chosen is None:
        return _("Choose one of the times.") if proposed else ""
    if chosen not in proposed:
        return _("This time is not proposed any more. Choose again.")
    return _("This time is over. Propose another one.") if chosen <= at else ""
