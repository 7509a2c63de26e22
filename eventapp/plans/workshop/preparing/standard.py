"""What each side prepares for every workshop."""

from typing import NamedTuple

from eventapp.core.i18n import _
from eventapp.plans.models import PrepKind


class Task(NamedTuple):
    """Something to prepare, due so many days before the workshop."""

    kind: PrepKind
    title: str
    help: str
    days_before: int


def standard() -> list[Task]:
    """The standard set: open from three weeks before; the numbers early enough for both owners to stand by them."""
    return [
        Task(PrepKind.STRATEGY, _("Company strategy"), _("On one page: where you want to be in a year, and how."), 14),
        Task(
            PrepKind.NUMBERS, _("Last year's numbers"), _("Revenue, deals, people, certificates: what both sides start from."), 14
        ),
        Task(PrepKind.SWOT, _("SWOT items"), _("Strengths, weaknesses, opportunities, threats of working together."), 10),
        Task(
            PrepKind.ACCOUNTS, _("Top ten accounts"), _("Customers to win or to grow together, and what stands in the way."), 10
        ),
        Task(PrepKind.OBJECTIVES, _("Proposed objectives"), _("Three to five, each with a number and a day."), 7),
        Task(PrepKind.LIMITS, _("Resource limits"), _("People, budget and time that you can put in, and what you cannot."), 7),
    ]
