"""Rules of registering: pure functions over facts."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from eventapp.core.i18n import _
from eventapp.registrations.models import Registration, RegistrationStatus, Side

UNDO = timedelta(minutes=15)

# Letters and digits that nobody confuses: no 0 O 1 I.
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    """What stands in the QR code: twelve characters, 60 random bits, without personal data."""
    return "".join(secrets.choice(CODE_ALPHABET) for _n in range(12))


def new_token() -> str:
    """The secret of a registration's link, 192 random bits."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Candidate:
    """Somebody to be registered, as far as the rules ask.

    `own`: a colleague; `registered`: for this event already; `barred`: does not want to be registered by others;
    `unfit`: the rule of the event that they do not meet.
    """

    field: str
    address: str
    name: str
    registered: bool
    own: bool
    foreign_domain: bool
    barred: bool = False
    unfit: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one candidate; a warning may be confirmed. `outsider`: refused, and no colleague."""

    field: str
    message: str
    warning: bool = False
    outsider: bool = False


def problems(candidates: list[Candidate], *, foreign_confirmed: bool) -> list[Problem]:
    """What stands against registering these people, in their order."""
    found: list[Problem] = []
    seen: dict[str, str] = {}
    for candidate in candidates:
        if candidate.unfit and not candidate.own:
            # Before all that is known of strangers: it is said of every one of them alike.
            found.append(Problem(candidate.field, f"{candidate.name}: {candidate.unfit}"))
        elif candidate.barred or (candidate.registered and not candidate.own):
            # One answer for both: it must not tell which of the two is true of a stranger.
            message = _("%(address)s cannot be registered here. Ask the organizer.", address=candidate.address)
            found.append(Problem(candidate.field, message, outsider=not candidate.own))
        elif candidate.registered:
            found.append(Problem(candidate.field, _("%(name)s is registered for this event already.", name=candidate.name)))
        elif candidate.address and candidate.address in seen:
            found.append(
                Problem(
                    candidate.field,
                    _("%(address)s stands in this form twice. Remove one of the two.", address=candidate.address),
                )
            )
        elif candidate.unfit:
            found.append(Problem(candidate.field, f"{candidate.name}: {candidate.unfit}"))
        elif candidate.foreign_domain and not foreign_confirmed:
            message = _("%(address)s is not an address of your company. Correct it, or confirm below.", address=candidate.address)
            found.append(Problem(candidate.field, message, warning=True))
        seen.setdefault(candidate.address, candidate.field)
    return found


def is_typed(registration: Registration) -> bool:
    """Whether the company has typed another name than the person's own, which it does not know.

    The form to correct it comes filled in with the own one: correcting a part must not give the other away.
    """
    return registration.name != registration.person.full_name[:200]


def may_undo(registration: Registration, now: datetime, side: Side) -> bool:
    """Whether that side can still take a cancellation back: its own, for 15 minutes."""
    cancelled = registration.cancelled_at
    own = registration.status is RegistrationStatus.CANCELLED and registration.cancelled_by is side
    return own and cancelled is not None and now - cancelled <= UNDO
