"""The texts that people agree to. A text is never changed: a new wording is a new version, and the old one stays readable."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from eventapp.core.i18n import _l
from eventapp.privacy.models import ConsentKind


@dataclass(frozen=True)
class ConsentText:
    """One wording: `version` stands with each consent given to it, `since` is the day on which it came into use."""

    kind: ConsentKind
    version: str
    since: date
    text: Any


LABELS = {
    ConsentKind.MARKETING: _l("News and invitations"),
    ConsentKind.DIRECTORY: _l("Directory of participants"),
    ConsentKind.SPONSORS: _l("Sponsors"),
    ConsentKind.DISTRIBUTOR: _l("Our distributor"),
    ConsentKind.PHOTO: _l("Photos and film"),
    ConsentKind.RECORDING: _l("Recorded sessions"),
    ConsentKind.NEEDS: _l("Food and access"),
    ConsentKind.COMMUNITY: _l("Directory of partners"),
}

# The newest text of a kind stands last.
TEXTS = (
    ConsentText(
        ConsentKind.MARKETING,
        "marketing-1",
        date(2026, 11, 1),
        _l("You may send me news about the partner programme and invitations to events by e-mail."),
    ),
    ConsentText(
        ConsentKind.DIRECTORY,
        "directory-1",
        date(2026, 11, 1),
        _l("You may show my name, company and job title to other people who take part in the same events."),
    ),
    ConsentText(
        ConsentKind.SPONSORS,
        "sponsors-1",
        date(2026, 11, 1),
        _l("You may give my name, company and e-mail address to the sponsors of events that I take part in."),
    ),
    ConsentText(
        ConsentKind.DISTRIBUTOR,
        "distributor-1",
        date(2026, 11, 1),
        _l("You may tell the distributor that supplies my company, with my name and e-mail address, that I take part."),
    ),
    ConsentText(
        ConsentKind.PHOTO,
        "photo-1",
        date(2026, 11, 1),
        _l("You may take photos and film of me at this event and publish them in reports about it."),
    ),
    ConsentText(
        ConsentKind.RECORDING,
        "recording-1",
        date(2026, 11, 1),
        _l("You may record me with picture and sound in sessions of this event and show the recording to its participants."),
    ),
    ConsentText(
        ConsentKind.NEEDS,
        "needs-1",
        date(2026, 11, 1),
        _l(
            "I agree that you store what I say here about food, allergies and access, which may tell something about my health"
            " or belief, so that the caterer and the people at the door of this event can prepare. It is deleted 30 days"
            " after the event, or at once when I take it back."
        ),
    ),
    ConsentText(
        ConsentKind.COMMUNITY,
        "community-1",
        date(2027, 1, 1),
        _l(
            "You may show my name, my company and what I write here to everybody of partner companies and of the vendor who is"
            " logged in, so that they can ask through you to meet me. My e-mail address is told to nobody whom I have not said"
            " yes to. I can take this back at any time, and what I wrote is deleted then."
        ),
    ),
)

# Asked once for a person, and for each event that somebody takes part in.
GENERAL = (ConsentKind.MARKETING, ConsentKind.DIRECTORY, ConsentKind.SPONSORS, ConsentKind.DISTRIBUTOR)
# Given where they are of use; one's own page lists those in force, so that taking them back is as easy.
ELSEWHERE = (ConsentKind.COMMUNITY,)
OF_EVENT = (ConsentKind.PHOTO, ConsentKind.RECORDING)

_BY_VERSION = {text.version: text for text in TEXTS}
_CURRENT = {text.kind: text for text in TEXTS}


def current(kind: ConsentKind) -> ConsentText:
    """The text that is asked now."""
    return _CURRENT[kind]


def by_version(version: str) -> ConsentText:
    """The text of an earlier consent. Raises KeyError for a version that never was."""
    return _BY_VERSION[version]
