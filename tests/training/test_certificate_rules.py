"""Rules of certificates: states, months, codes, names, what a credential stands on, which notice is due."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventapp.training.certificates import rules
from eventapp.training.certificates.rules import Held, Way
from eventapp.training.models import Certificate, CertificateState

DAY = date(2027, 3, 31)
GOOD = {"revoked_at": None, "replaced_by_id": None, "expires_on": None}


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, CertificateState.VALID),
        ({"expires_on": DAY}, CertificateState.VALID),
        ({"expires_on": date(2027, 3, 30)}, CertificateState.EXPIRED),
        ({"replaced_by_id": 2, "expires_on": date(2027, 3, 30)}, CertificateState.REPLACED),
        ({"replaced_by_id": 2, "revoked_at": datetime(2027, 1, 1, tzinfo=UTC)}, CertificateState.REVOKED),
    ],
)
def test_a_certificate_is_valid_to_the_end_of_its_last_day(values: dict[str, object], state: CertificateState) -> None:
    assert rules.state_of(Certificate(**{**GOOD, **values}), DAY) is state


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 5, 18), 24, date(2029, 5, 18)),
        (date(2027, 11, 30), 1, date(2027, 12, 30)),
    ],
)
def test_months_end_right(day: date, months: int, last: date) -> None:
    assert rules.months_after(day, months) == last


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 240))
def test_months_never_skip_one(day: date, months: int) -> None:
    last = rules.months_after(day, months)
    assert (last.year - day.year) * 12 + last.month - day.month == months
    assert last.day <= day.day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ABCDEFGHJKLM", "ABCDEFGHJKLM"),
        (" abcd-efgh jklm\n", "ABCDEFGHJKLM"),
        ("ABCDEFGHJKL", ""),
        ("ABCDEFGHJKLMN", ""),
        ("ABCDEFGHJKL0", ""),
        ("ABCDEFGHJKLI", ""),
        ("ABCDEFGHJKL\x00", ""),
        ("ＡBCDEFGHJKLM", ""),
        ("A" * 100_000, ""),
        ("", ""),
    ],
)
def test_a_code_is_known_however_it_is_typed(text: str, code: str) -> None:
    assert rules.normal_code(text) == code


def test_a_code_is_shown_in_groups() -> None:
    assert rules.shown_code("ABCDEFGHJKLM") == "ABCD-EFGH-JKLM"
    assert rules.normal_code(rules.shown_code("ABCDEFGHJKLM")) == "ABCDEFGHJKLM"


def test_nothing_unseen_is_printed_with_a_name() -> None:
    assert rules.printed_name("  Anna\u202e gnuL\u2066\ufeff\n\tBerg ") == "Anna gnuL Berg"
    # Persian names are written with a joiner that nobody sees and everybody needs.
    assert rules.printed_name("می\u200cخواهم") == "می\u200cخواهم"
    assert rules.printed_name("\u202e\u2066") == ""


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("Łukasz Żółć", "Lukasz Zolc", True),
        ("Anna Müller", "Anna Mueller-Berg", True),
        ("Ana Muler", "Anna Müller", True),
        ("Bert Gruber", "Anna Müller", False),
        ("", "Anna Müller", False),
    ],
)
def test_a_spelling_is_told_from_another_person(name: str, other: str, same: bool) -> None:
    assert rules.is_spelling_of(name, other) is same


def held(course: int, completed: str = "2027-01-01", expires: str | None = None) -> Held:
    return Held(course, date.fromisoformat(completed), date.fromisoformat(expires) if expires else None)


WAY = Way(frozenset({1, 2}), frozenset({3, 4, 5}), 1)


def test_a_credential_stands_on_what_lasts_longest() -> None:
    own = [held(1, expires="2027-06-01"), held(1, "2026-01-01", "2027-04-01"), held(2), held(3, expires="2027-05-01"), held(4)]
    found = rules.basis(WAY, own, DAY)
    assert found == [own[0], own[2], own[4]]
    assert rules.term(found, None) == (date(2027, 1, 1), date(2027, 6, 1))
    assert rules.term(found, 12) == (date(2027, 1, 1), date(2028, 1, 1))


@pytest.mark.parametrize(
    "own",
    [
        [],
        [held(1), held(3)],
        [held(1), held(2)],
        [held(1), held(2), held(3, expires="2027-03-30")],
        [held(1), held(2, "2027-04-01"), held(3)],
        [held(3), held(4), held(5)],
    ],
)
def test_nothing_is_credited_while_something_is_missing(own: list[Held]) -> None:
    assert rules.basis(WAY, own, DAY) is None


def test_the_last_day_counts_and_a_way_that_asks_nothing_leads_nowhere() -> None:
    assert rules.basis(WAY, [held(1), held(2), held(3, expires="2027-03-31")], DAY) is not None
    assert rules.basis(Way(frozenset(), frozenset({1}), 0), [held(1)], DAY) is None


@pytest.mark.parametrize(
    ("left", "due"),
    [(91, None), (90, 90), (31, 90), (30, 30), (1, 30), (0, 0), (-1, 0), (-7, 0), (-8, None)],
)
def test_notices_are_due_ninety_thirty_and_no_days_before(left: int, due: int | None) -> None:
    today = date.fromordinal(date(2027, 6, 1).toordinal() - left)
    assert rules.notice_due(date(2027, 6, 1), date(2025, 6, 1), today) == due


def test_a_certificate_that_was_as_short_when_it_was_issued_needs_no_such_notice() -> None:
    assert rules.notice_due(date(2027, 6, 1), date(2027, 5, 1), date(2027, 5, 2)) == 30
    assert rules.notice_due(date(2027, 6, 1), date(2027, 5, 2), date(2027, 5, 2)) is None
    assert rules.notice_due(date(2027, 6, 1), date(2027, 4, 1), date(2027, 4, 2)) is None
