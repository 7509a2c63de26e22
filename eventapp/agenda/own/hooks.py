"""What later features do when somebody has a place in a session, waits for one, or gives it back."""

from collections.abc import Callable, Sequence

from eventapp.agenda.models import SessionSignUp

# places in sessions that were taken, given back, or moved up
PLACED: list[Callable[[Sequence[SessionSignUp]], None]] = []


def placed(sign_ups: Sequence[SessionSignUp]) -> None:
    """Lets later features follow what these places have become."""
    if sign_ups:
        for follow in PLACED:
            follow(sign_ups)
