"""What people read about their turn: where they stand, and what happens when a place is free."""

from collections.abc import Iterable
from datetime import datetime

from eventapp.core.i18n import _, ngettext
from eventapp.places.models import Order
from eventapp.places.queries import Standing
from eventapp.registrations import queries
from eventapp.registrations.blocks import queries as blocks
from eventapp.registrations.models import Registration
from eventapp.registrations.waiting.rules import times_of, will_be_offered


def standing_words(standing: Standing) -> str:
    """Where somebody stands, to be put after "position": "3 of 12, by tier"."""
    place = _("%(n)s of %(of)s", n=standing.position, of=standing.of)
    if standing.order is Order.BY_RANK:
        return _("%(place)s, by tier", place=place)
    if standing.order is Order.ROUND_ROBIN:
        return _("%(place)s, companies in turn", place=place)
    return place


def positions(registrations: Iterable[Registration]) -> dict[int, str]:
    """Where each waiting registration stands, in words, by registration id."""
    return {id_: standing_words(standing) for id_, standing in queries.waiting_standings(registrations).items()}


def holders(registrations: Iterable[Registration]) -> dict[int, str]:
    """Whose block those wait for a place of who do, by registration id. No query where nobody does."""
    waiting = [r.id for r in registrations if queries.waiting_reason(r) == "block"]
    return blocks.claimed_through(waiting) if waiting else {}


def promise(registration: Registration, at: datetime) -> str:
    """Whether a free place is theirs at once, or an offer that they must accept; as things stand at `at`."""
    times = times_of(registration.event)
    if not will_be_offered(times, registration.event.starts_at, complete=registration.missing_answers == 0, at=at):
        text = _("If a place becomes free, it is yours automatically and we write to you.")
        last = ngettext(
            "In the last %(within)s hours before the start we offer it to you, and you have %(num)s hour to accept.",
            "In the last %(within)s hours before the start we offer it to you, and you have %(num)s hours to accept.",
            times.short_hours,
            within=times.within_hours,
        )
        return f"{text} {last}" if times.within_hours else text
    return ngettext(
        "If a place becomes free, we offer it to you by mail, and you have %(num)s hour to accept.",
        "If a place becomes free, we offer it to you by mail, and you have %(num)s hours to accept.",
        times.lasting(registration.event.starts_at, at),
    )
