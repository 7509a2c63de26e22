"""What a finding is, and the groups that they are shown in."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

# So many of a group stand on the page; the rest is one click away.
SHOWN = 8


class Act(NamedTuple):
    """What mends a finding: its words and the page where it is done."""

    label: str
    url: str


class Finding(NamedTuple):
    """Something out of step: what (a company, a plan), where it stands, why, since or until which day, and what mends it.

    `company_id` is there where the company's admins can be written to; `written_on` is when that was done last, and
    `has_admin` whether there is anybody who can sign in and decide for it.
    """

    name: str
    url: str
    reason: str
    act: Act | None = None
    day: date | None = None
    company_id: int | None = None
    written_on: date | None = None
    has_admin: bool = True


class Group(NamedTuple):
    """Findings of a kind, the most pressing first, of `total`; `more` is the page that lists all of them."""

    key: str
    title: str
    findings: Sequence[Finding]
    total: int
    fine: str
    more: str = ""
