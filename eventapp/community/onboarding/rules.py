"""How far a newcomer is. Pure functions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from eventapp.community.models import Fact, OnboardingItem, OnboardingTick


@dataclass(frozen=True)
class Step:
    """An item as it stands for a company: done by hand (`tick`), by a fact, or not."""

    item: OnboardingItem
    tick: OnboardingTick | None
    by_fact: bool

    @property
    def done(self) -> bool:
        """Whether it is done, whichever way."""
        return self.tick is not None or self.by_fact


@dataclass(frozen=True)
class Progress:
    """How far a company is."""

    steps: Sequence[Step]

    @property
    def done(self) -> int:
        """How many items are done."""
        return sum(one.done for one in self.steps)

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.steps)

    @property
    def next(self) -> OnboardingItem | None:
        """The first that is not done."""
        return next((one.item for one in self.steps if not one.done), None)


def progress(items: Sequence[OnboardingItem], ticks: Collection[OnboardingTick], facts: Collection[Fact]) -> Progress:
    """How far a company is, by its own ticks and by what is so."""
    ticked = {one.item_id: one for one in ticks}
    return Progress([Step(item, ticked.get(item.id), item.fact in facts) for item in items])
