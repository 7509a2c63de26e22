"""What an event's rule about no-shows means for a company that registers people; no query where an event has no rule."""

from dataclasses import dataclass
from datetime import datetime

from eventapp.core.errors import RuleError
from eventapp.core.i18n import _, ngettext
from eventapp.core.wall import whole
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.rules import Blocker
from eventapp.partners.models import Organisation
from eventapp.places.queries import needed
from eventapp.registrations.no_shows import queries, rules
from eventapp.registrations.no_shows.models import Consequence
from eventapp.registrations.no_shows.rules import Rate

NOBODY = Rate()


@dataclass(frozen=True)
class Follows:
    """The rate over the events that the rule looks at, and what follows from it, if anything."""

    rate: Rate = NOBODY
    consequence: Consequence | None = None

    @property
    def approval(self) -> bool:
        """Whether an organizer has to approve whom the company registers."""
        return self.consequence is Consequence.APPROVAL


NOTHING = Follows()


def follows(event: Event, company: Organisation, at: datetime) -> Follows:
    """What follows for the company at this event."""
    if not event.counts_no_shows or company.stands_aside:
        return NOTHING
    rule = queries.rule_of(event.id)
    if rule is None:
        return NOTHING
    # Whether arrivals were noted at an event is told by people of all companies.
    with whole():
        rate = queries.rate(company.id, at=at, last=rule.events, but=event.id)
    return Follows(rate, rules.consequence(rate, rule))


def check_places(event: Event, company: Organisation, found: Follows, people: int) -> None:
    """Raises RuleError if with so many more people the company would need the place that it has less.

    Those who wait count as well: the pool still has the place, so whoever waited for it would be given it.
    """
    if not people or found.consequence is not Consequence.ONE_LESS:
        return
    places = events.company_places(event, company)
    left = rules.places_left(places.capacity, found.consequence)
    if left is None or left == places.capacity:
        return
    if (needed(places.pool_id) if places.pool_id is not None else 0) + people > left:
        message = ngettext(
            "%(company)s has %(num)s place for this event, one less after no-shows at earlier ones. Ask the organizer.",
            "%(company)s has %(num)s places for this event, one less after no-shows at earlier ones. Ask the organizer.",
            left,
            company=company.name,
        )
        raise RuleError(message)


def blockers(event: Event, company: Organisation, found: Follows) -> list[Blocker]:
    """Why the company can register nobody more, if no-shows are the reason."""
    try:
        check_places(event, company, found, 1)
    except RuleError as error:
        return [Blocker("no_shows", error.message)]
    return []


def words(found: Follows) -> str:
    """What the company is told; nothing where nothing follows."""
    return {
        None: "",
        Consequence.APPROVAL: _("An organizer decides about each registration, after no-shows at earlier events."),
        Consequence.ONE_LESS: _("Your company has one place less, after no-shows at earlier events."),
    }[found.consequence]


def words_for_staff(found: Follows) -> str:
    """The same for organizers, with the numbers behind it."""
    rate = ngettext(
        "%(absent)s of %(confirmed)s confirmed people did not come to the last %(num)s event that tells.",
        "%(absent)s of %(confirmed)s confirmed people did not come to the last %(num)s events that tell.",
        found.rate.events,
        absent=found.rate.no_shows,
        confirmed=found.rate.confirmed,
    )
    follow = {
        None: _("Nothing follows."),
        Consequence.APPROVAL: _("So each registration needs approval."),
        Consequence.ONE_LESS: _("So the company has one place less, but always one."),
    }
    return f"{rate} {follow[found.consequence]}"
