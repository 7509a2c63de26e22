"""How real people would get the message about a move: read inside the act that is given up again."""

from dataclasses import dataclass
from datetime import datetime

from eventapp.core.i18n import LANGUAGES
from eventapp.events.models import Event
from eventapp.lifecycle.converting.models import Conversion
from eventapp.registrations.messages import queries as messages
from eventapp.registrations.messages.composing import chosen_text
from eventapp.registrations.messages.kinds import KINDS
from eventapp.registrations.messages.previewing import Preview, previews


@dataclass(frozen=True)
class Shown:
    """A text as one person gets it, all in words: nothing of it is read again once the act is given up."""

    name: str
    company: str
    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Text:
    """A language in which the message is sent, and how three people get it, the one with the longest name among them."""

    language: str
    own: bool
    shown: list[Shown]


def texts(event: Event, kind: str, made: Conversion, told: list[list[str]], *, at: datetime) -> list[Text]:
    """The message in each language that it has."""
    own = messages.own_of([event], [kind])[event.id].texts.get(kind, {})
    found = []
    for language in dict.fromkeys((*LANGUAGES, *own)):
        _language, (subject, body) = chosen_text(kind, own, language)
        moved_up = set(made.before.get("moved_up", ()))
        people = previews(
            event, KINDS[kind], language, subject, body, at, changes=told, reason=event.moved_note, moved_up=moved_up
        )
        found.append(Text(language, language in own, [_shown(preview) for preview in people]))
    return found


def _shown(preview: Preview) -> Shown:
    registration, written = preview.registration, preview.written
    return Shown(registration.person.full_name, registration.company_name, written.subject, str(written.html), written.text)
