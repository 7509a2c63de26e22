"""What later features do when somebody has a place in a session, waits for one, or gives it back."""

from collections.abc import Callable, Sequence
from datetime import datetime

from eventapp.agenda.models import SessionSignUp
from eventapp.registrations.models import Registration

# places in sessions that were taken, given back, or moved up
PLACED: list[Callable[[Sequence[SessionSignUp]], None]] = []
# registration, id of a session, moment, whether the company asks and not the person → what its person lacks for a place
# there, in words that follow a name; or empty. A company is answered of people outside it as of somebody unknown.
REQUIREMENTS: list[Callable[[Registration, int, datetime, bool], str]] = []


def placed(sign_ups: Sequence[SessionSignUp]) -> None:
    """Lets later features follow what these places have become."""
    if sign_ups:
        for follow in PLACED:
            follow(sign_ups)


def lacks(registration: Registration, session_id: int, at: datetime, *, by_company: bool) -> str:
    """What the person of a registration lacks for a place in the session, as may be told to who asks; empty if nothing."""
    return next((words for ask in REQUIREMENTS if (words := ask(registration, session_id, at, by_company))), "")
