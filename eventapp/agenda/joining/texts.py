"""What is said to somebody who may not go in (yet)."""

from eventapp.agenda.joining.rules import State
from eventapp.core.i18n import _


def words(state: State) -> str:
    """The sentence that says why a link does not lead on."""
    return {
        State.CANCELLED: _("This was cancelled. There is nothing to join."),
        State.NO_PLACE: _("You have no place at this event any more, so this link does not lead on."),
        State.NO_SESSION_PLACE: _("You have no place in this session, so this link does not lead on."),
        State.ROOM_ONLY: _("This takes place in a room only and is not shown on video."),
        State.IN_PERSON: _("You take part in person. The video is for those who cannot be there."),
        State.EARLY: _("It is too early to join."),
        State.OVER: _("This is over."),
        State.NO_LINK: _("The organizer has not set up the video yet. Come back in a moment."),
        State.OPEN: _("You can join now."),
    }[state]
