"""What is true of certificates whoever asks: pure functions over facts."""

import calendar
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from eventapp.core.text import fold, one_line, words
from eventapp.registrations.rules import CODE_ALPHABET
from eventapp.training.models import Certificate, CertificateState

CODE_LENGTH = 12
NOTICE_DAYS = (0, 30, 90)
# A sweep that did not run still tells about what ended in so many days.
LATE_DAYS = 7
# From how alike two spellings of a name are, people mend theirs alone.
ALIKE = 0.6
# Marks that join letters in Persian and Indian scripts; all other invisible signs fall out of names.
_JOINERS = "\u200c\u200d"
_NO_CODE = re.compile(f"[^{CODE_ALPHABET}]")


def state_of(certificate: Certificate, today: date) -> CertificateState:
    """What a certificate is worth that day. Replaced and revoked say more than expired."""
    if certificate.revoked_at is not None:
        return CertificateState.REVOKED
    if certificate.replaced_by_id is not None:
        return CertificateState.REPLACED
    if certificate.expires_on is not None and certificate.expires_on < today:
        return CertificateState.EXPIRED
    return CertificateState.VALID


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month: 31 January and one month is 28 or 29 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def expiry(completed_on: date, months: int | None) -> date | None:
    """The last day of a certificate that is valid for so many months; none: for good."""
    return months_after(completed_on, months) if months is not None else None


def normal_code(text: str) -> str:
    """A code as it is kept, of what somebody typed or scanned: with hyphens, blanks, small letters. Empty if it is none."""
    code = re.sub(r"[\s-]", "", text[:100]).upper()
    return code if len(code) == CODE_LENGTH and not _NO_CODE.search(code) else ""


def shown_code(code: str) -> str:
    """A code as people read it: ABCD-EFGH-JKLM."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def printed_name(text: str) -> str:
    """A name as it may be printed: on one line, without signs that nobody sees but which turn or hide other text."""
    kept = (c for c in unicodedata.normalize("NFC", text) if c in _JOINERS or unicodedata.category(c) != "Cf")
    return one_line("".join(kept))


def is_spelling_of(name: str, other: str) -> bool:
    """Whether a name is another spelling of the same person's rather than another person's."""
    if not words(name) or not words(other):
        return False
    shared = words(name) & words(other)
    return bool(shared) or SequenceMatcher(None, fold(name), fold(other)).ratio() >= ALIKE


@dataclass(frozen=True)
class Held:
    """A certificate of a course that was neither revoked nor replaced."""

    course_id: int
    completed_on: date
    expires_on: date | None

    def valid_on(self, day: date) -> bool:
        """Whether it was completed by then and had not ended."""
        return self.completed_on <= day and (self.expires_on is None or self.expires_on >= day)

    @property
    def lasting(self) -> tuple[date, date]:
        """For comparing: what lasts longest, and of that what is newest."""
        return (self.expires_on or date.max, self.completed_on)


@dataclass(frozen=True)
class Way:
    """A way to a credential: all `required` courses, and `electives` of the `elective` ones."""

    required: frozenset[int]
    elective: frozenset[int]
    electives: int


def basis(way: Way, held: Iterable[Held], day: date) -> list[Held] | None:
    """The certificates that a credential stands on that day by this way; none if something is missing.

    Of each course the one that lasts longest counts, and of the electives those that do.
    """
    best: dict[int, Held] = {}
    for one in held:
        if one.valid_on(day) and (one.course_id not in best or one.lasting > best[one.course_id].lasting):
            best[one.course_id] = one
    if not way.required <= best.keys() or not (way.required or way.electives):
        return None
    chosen = sorted((best[c] for c in way.elective & best.keys()), key=lambda one: one.lasting, reverse=True)
    if len(chosen) < way.electives:
        return None
    return [best[c] for c in sorted(way.required)] + chosen[: way.electives]


def term(stands_on: Sequence[Held], months: int | None) -> tuple[date, date | None]:
    """When a credential was completed, and its last day: by its own months, or with the first of what it stands on."""
    completed_on = max(one.completed_on for one in stands_on)
    if months is not None:
        return completed_on, months_after(completed_on, months)
    return completed_on, min((one.expires_on for one in stands_on if one.expires_on is not None), default=None)


def lasts_longer(expires_on: date | None, other: date | None) -> bool:
    """Whether one last day is later than another; none is later than all."""
    return (expires_on or date.max) > (other or date.max)


def notice_due(expires_on: date, issued_on: date, today: date) -> int | None:
    """Which notice is due: 90, 30 or 0 days before the end; none if it is too early, over, or was as short when issued."""
    left = (expires_on - today).days
    if left < -LATE_DAYS:
        return None
    due = next((days for days in NOTICE_DAYS if left <= days), None)
    return None if due is None or (expires_on - issued_on).days <= due else due
