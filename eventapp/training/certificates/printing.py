"""Certificates and transcripts on paper, and whether all their characters can be printed."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import segno
from flask import current_app

from eventapp.core.i18n import _, ngettext
from eventapp.core.pdf import typeset, unprintable
from eventapp.core.times import day_text
from eventapp.events.models import FORMAT_LABELS, EventFormat
from eventapp.training.certificates.links import verify_link
from eventapp.training.certificates.rules import shown_code, state_of
from eventapp.training.models import CERTIFICATE_LABELS, Certificate, CertificateState


def missing(names: Iterable[str]) -> dict[str, list[str]]:
    """The characters of each name that no font at hand prints; names that print whole are left out."""
    names = list(dict.fromkeys(names))
    gone = unprintable(names)
    return {name: found for name in names if (found := [c for c in dict.fromkeys(name) if c in gone])}


def title_of(certificate: Certificate) -> str:
    """What it is a certificate of."""
    if certificate.course_version is not None:
        return certificate.course_version.title
    return certificate.credential.name if certificate.credential is not None else ""


def code_and_version(certificate: Certificate) -> str:
    """The course's code and version, or the credential's code."""
    if (version := certificate.course_version) is not None:
        return _("%(code)s, version %(number)s", code=version.course.code, number=version.number)
    return certificate.credential.code if certificate.credential is not None else ""


def credits_text(half_credits: int) -> str:
    """Credits to the half, in words."""
    number = f"{half_credits / 2:g}"
    return _("1 credit") if half_credits == 2 else _("%(number)s credits", number=number)


def duration_text(minutes: int) -> str:
    """A duration in hours and minutes."""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(num)s hour", "%(num)s hours", hours)] if hours else []
    return " ".join([*parts, *([ngettext("%(num)s minute", "%(num)s minutes", rest)] if rest or not hours else [])])


def place_of(certificate: Certificate) -> str:
    """Where the course was taken: the place of the run, or on video; empty if nobody has kept it."""
    if certificate.mode is EventFormat.VIRTUAL:
        return _("on video")
    enrolment = certificate.enrolment
    event = enrolment.run.event if enrolment is not None else None
    return ", ".join(part for part in (event.venue, event.city) if part) if event is not None else ""


def facts_of(certificate: Certificate) -> list[tuple[str, str]]:
    """What stands on a certificate besides name and title: label and text."""
    found = [(_("Completed"), day_text(certificate.completed_on))]
    if certificate.mode is not None:
        place = place_of(certificate)
        label = str(FORMAT_LABELS[certificate.mode])
        found.append((_("How"), label if certificate.mode is EventFormat.VIRTUAL or not place else f"{label}: {place}"))
    if certificate.minutes:
        found.append((_("Attended"), duration_text(certificate.minutes)))
    if certificate.half_credits:
        found.append((_("Credits"), credits_text(certificate.half_credits)))
    last = certificate.expires_on
    found.append((_("Valid until"), day_text(last) if last is not None else _("without end")))
    return found


def _site() -> str:
    return str(current_app.config["SETTINGS"].site_name)


def _qr(text: str) -> str:
    """A QR code as SVG, with the quiet zone that the document leaves around it.

    The mask is fixed. To look for the best of the eight takes four fifths of the time, and readers know each from the code
    itself: of 600 pictures, turned, blurred and noisy, as many were read with any of them as with the best.
    """
    out = io.BytesIO()
    segno.make(text, error="m", micro=False, mask=0).save(out, kind="svg", border=0, xmldecl=False, dark="#191b24", light=None)
    return out.getvalue().decode()


def data_of(certificate: Certificate, today: date) -> dict[str, Any]:
    """What the document shows. One that is not valid any more says so across its head."""
    state, code = state_of(certificate, today), shown_code(certificate.code)
    link = verify_link(certificate.code)
    return {
        "lang": "en",
        "site": _site(),
        "heading": _("Certificate of completion") if certificate.version_id is not None else _("Certificate"),
        "stamp": "" if state is CertificateState.VALID else str(CERTIFICATE_LABELS[state]),
        "before": _("This is to certify that"),
        "name": certificate.name,
        "after": _("has completed the course") if certificate.version_id is not None else _("holds the credential"),
        "title": title_of(certificate),
        "version": code_and_version(certificate),
        "facts": facts_of(certificate),
        "code_label": _("Certificate code"),
        "code": code,
        "verify": _("Anybody can check it at"),
        "link": link,
        "qr": _qr(link),
        "qr_alt": _("QR code that leads to %(link)s", link=link),
        "issued": _("Issued by %(site)s on %(day)s", site=_site(), day=day_text(certificate.issued_at.date())),
    }


def certificate_pdf(certificate: Certificate, today: date) -> bytes:
    """A certificate: one page A4, tagged."""
    return typeset("certificate.typ", data_of(certificate, today))


def transcript_pdf(name: str, certificates: Sequence[Certificate], today: date) -> bytes:
    """All that somebody has completed, as a table of as many pages as it takes."""
    rows = [
        {
            "title": title_of(one),
            "version": code_and_version(one),
            "completed": day_text(one.completed_on),
            "mode": str(FORMAT_LABELS[one.mode]) if one.mode is not None else "",
            "credits": f"{one.half_credits / 2:g}" if one.half_credits else "",
            "expires": day_text(one.expires_on) if one.expires_on is not None else _("without end"),
            "state": str(CERTIFICATE_LABELS[state_of(one, today)]),
            "code": shown_code(one.code),
        }
        for one in certificates
    ]
    counted = sum(one.half_credits for one in certificates if one.revoked_at is None)
    data = {
        "lang": "en",
        "site": _site(),
        "heading": _("Transcript"),
        "name": name,
        "asked": _("As of %(day)s", day=day_text(today)),
        "heads": [_("Course or credential"), _("Completed"), _("How"), _("Credits"), _("Valid until"), _("State"), _("Code")],
        "rows": rows,
        "empty": _("Nothing has been completed yet."),
        "total": _("Together: %(credits)s", credits=credits_text(counted)) if counted else "",
        "verify": _("Each code can be checked at %(link)s", link=verify_link("").rstrip("/") + "/"),
        "page": _("Page"),
    }
    return typeset("transcript.typ", data)


def file_name(certificate: Certificate, ending: str) -> str:
    """Like `certificate-ABCD-EFGH-JKLM.pdf`: no name, which not every system could keep."""
    return f"certificate-{shown_code(certificate.code)}.{ending}"
