"""From a text and one person's facts to a mail: which language, which text, which values."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from flask import current_app

from eventapp.core.i18n import LANGUAGES, WRITTEN, force_locale, visitor_language
from eventapp.mail.render import framed, source
from eventapp.registrations.messages import texts
from eventapp.registrations.messages.placeholders import Facts
from eventapp.registrations.messages.queries import Own
from eventapp.registrations.models import Registration

# Languages in which an event may have texts of its own. Ours are written in the product's own ones (core/i18n.py).
TEXT_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "hu", "ro", "tr", "ar")


def language_of(registration: Registration) -> str:
    """In which language somebody is written to: the own, else the company's, else ours; without region ("de")."""
    said = registration.person.language or registration.organisation.language or WRITTEN
    return said.replace("_", "-").partition("-")[0].lower()


def default_text(kind: str, language: str) -> tuple[str, str]:
    """Our own subject and body of a message, in that language or, if we do not speak it, in English."""
    spoken = language if language in LANGUAGES else WRITTEN
    kept: dict[tuple[str, str], tuple[str, str]] = current_app.extensions.setdefault("message_defaults", {})
    if (kind, spoken) not in kept:
        with _speaking(spoken):
            kept[kind, spoken] = source(f"registrations/{kind}")
    return kept[kind, spoken]


def chosen_text(kind: str, own: Mapping[str, tuple[str, str]], language: str) -> tuple[str, tuple[str, str]]:
    """Which text somebody of that language gets, with its language: the event's own before ours, English at last."""
    for wanted in (language, WRITTEN):
        if wanted in own:
            return wanted, own[wanted]
        if wanted in LANGUAGES:
            return wanted, default_text(kind, wanted)
    raise AssertionError("we speak English")


def compose(kind: str, facts: Facts, own: Own) -> tuple[str, str, str]:
    """Subject, text and HTML of a message to one person."""
    language, (subject, body) = chosen_text(kind, own.texts.get(kind, {}), language_of(facts.registration))
    written = fill(subject, body, facts, language)
    return written.subject, written.text, framed(written.subject, written.html, language)


def fill(subject: str, body: str, facts: Facts, language: str) -> texts.Written:
    """A text with one person's values, dates written as that language does."""
    template = texts.read(subject, body)
    with _speaking(language):
        return template.fill(texts.values_of(template, facts))


def _speaking(language: str) -> Any:
    return nullcontext() if language == visitor_language() else force_locale(language)
