"""Mails about certificates: issued, revoked, about to end. A person gets one mail about all that happened at once."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.i18n import LANGUAGES, WRITTEN, force_locale
from eventapp.core.links import absolute
from eventapp.core.times import day_text
from eventapp.mail.render import render
from eventapp.mail.service import letter, queue_all
from eventapp.partners.models import PersonEmail
from eventapp.training.certificates.links import holder_link, verify_link
from eventapp.training.certificates.printing import title_of
from eventapp.training.models import Certificate


@dataclass(frozen=True)
class Line:
    """A certificate as mails name it."""

    title: str
    until: str
    link: str
    verify: str


@contextmanager
def language_of(code: str) -> Iterator[None]:
    """Texts in the reader's language, where there are any in it."""
    with force_locale(code) if code in LANGUAGES and code != WRITTEN else nullcontext():
        yield


def addresses(person_ids: Collection[int]) -> dict[int, str]:
    """The addresses that these people are written to at."""
    query = select(PersonEmail.person_id, PersonEmail.address).where(
        PersonEmail.person_id.in_(person_ids), PersonEmail.is_primary
    )
    return {row.person_id: row.address for row in db.session.execute(query)}


def by_person(certificates: Iterable[Certificate]) -> dict[int, list[Certificate]]:
    """The certificates of each person."""
    found: dict[int, list[Certificate]] = {}
    for one in certificates:
        found.setdefault(one.person_id, []).append(one)
    return found


def lines(certificates: Sequence[Certificate]) -> list[Line]:
    """The certificates as mails to the person name them."""
    return [
        Line(title_of(one), day_text(one.expires_on) if one.expires_on else "", holder_link(one), verify_link(one.code))
        for one in certificates
    ]


def send_issued(certificates: Sequence[Certificate], *, at: datetime, replaced: bool = False) -> list[Certificate]:
    """Sends people their certificates; gives back those for whom there was an address."""
    return _send("training/certificates_issued", certificates, at=at, replaced=replaced)


def send_revoked(certificates: Sequence[Certificate], reason: str, *, at: datetime) -> None:
    """Tells people that certificates do not count any more, and why."""
    _send("training/certificates_revoked", certificates, at=at, reason=reason)


def _send(template: str, certificates: Sequence[Certificate], *, at: datetime, **context: object) -> list[Certificate]:
    found, letters, sent = by_person(certificates), [], list[Certificate]()
    known = addresses(found)
    for person_id, own in found.items():
        if person_id not in known:
            continue
        with language_of(own[0].person.language):
            name = own[-1].name
            values = {"name": name, "lines": lines(own), "mine": absolute("my_training.index"), **context}
            subject, text, html = render(template, **values)
        letters.append(
            letter(
                kind=template.removeprefix("training/").replace("_", "."),
                about=f"person:{person_id}",
                to_name=name,
                to_address=known[person_id],
                subject=subject,
                text=text,
                html=html,
                at=at,
            )
        )
        sent += own
    queue_all(letters)
    return sent
