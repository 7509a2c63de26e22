"""What somebody registered has to do with an agenda."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from eventapp.agenda.models import SignUpStatus


@dataclass(frozen=True)
class Mine:
    """By session id: stars, the state of sign-ups, and what they may come to.

    `sees` are the sessions outside the public agenda that they may come to, `may` the ones with places that they may sign
    up to. `token` is the secret of their link; empty for a visitor who is not registered. `confirmed`: they have a place at
    the event, without which nobody signs up to anything.
    """

    token: str = ""
    registration_id: int = 0
    confirmed: bool = False
    virtual: bool = False
    stars: Collection[int] = frozenset()
    sign_ups: Mapping[int, SignUpStatus] = field(default_factory=dict)
    sees: Collection[int] = frozenset()
    may: Collection[int] = frozenset()

    def has(self, session_id: int) -> bool:
        """Whether it belongs to their own agenda."""
        return session_id in self.stars or session_id in self.sign_ups


NOBODYS = Mine()
