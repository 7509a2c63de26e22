"""What no-shows say, and what follows from them: pure functions."""

from dataclasses import dataclass

from eventapp.registrations.no_shows.models import Consequence, NoShowRule

# Fewer confirmed people than this say nothing: one ill person would be a rate of 100 %.
MIN_CONFIRMED = 3


@dataclass(frozen=True)
class Rate:
    """People of a company over some events: confirmed, and come. The number of events says how much that tells."""

    events: int = 0
    confirmed: int = 0
    came: int = 0

    @property
    def no_shows(self) -> int:
        """Confirmed, and did not come."""
        return self.confirmed - self.came

    @property
    def percent(self) -> float:
        """No-shows among the confirmed, in per cent."""
        return 100 * self.no_shows / self.confirmed if self.confirmed else 0.0


def consequence(rate: Rate, rule: NoShowRule | None) -> Consequence | None:
    """What follows for a company with that rate over the rule's events; none without a rule, or with too few people."""
    if rule is None or rate.confirmed < MIN_CONFIRMED or rate.percent <= rule.percent:
        return None
    return rule.consequence


def places_left(capacity: int | None, found: Consequence | None) -> int | None:
    """The places of a company, one less where that follows; never none at all, and no limit stays none."""
    if capacity is None or capacity <= 1 or found is not Consequence.ONE_LESS:
        return capacity
    return capacity - 1
