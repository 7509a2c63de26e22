"""In which quarter plans are judged. Pure."""

from datetime import date

from eventapp.plans.models import QUARTERS
from eventapp.plans.rules import add_months


def judged(start: date, day: date, back: int = 0) -> int | None:
    """The quarter, of a plan that begins with `start`, that is under way on that day, or the one so many before it.

    None before the plan has one; after its year the last one.
    """
    months = (day.year - start.year) * 12 + day.month - start.month
    if add_months(start, months) > day:
        months -= 1
    since = months - 3 * back
    return None if since < 0 else min(since // 3 + 1, len(QUARTERS))
