"""Rules of the room over facts: what is left of an item, who sits in which group, what votes come to. Pure."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from eventapp.plans.models import WorkshopItem

# Votes that each person has for rows of the SWOT, one at most for a row.
SWOT_VOTES = 3
# People in a mixed group at most; there are as many groups as that takes.
LARGEST_GROUP = 6
# By how much the item under way is made longer at a time.
EXTENSION = timedelta(minutes=5)
CONFIDENCE = range(1, 6)


def left_of(item: WorkshopItem, at: datetime) -> timedelta:
    """What is left of the time of an item under way; less than nothing when it is over its time."""
    assert item.started_at is not None
    return item.started_at + timedelta(minutes=item.minutes) - at


def deal(side_a: Sequence[int], side_b: Sequence[int], seed: int) -> dict[int, int]:
    """Deals people of both sides into mixed groups, by number from 1; the same seed deals the same.

    Groups differ by one person at most, and so does each side in them. There are never more groups than people of either
    side, so no company sits alone at a table; with one side only there is nobody to mix, and nobody is dealt.
    """
    if not side_a or not side_b:
        return {}
    groups = min(-(-(len(side_a) + len(side_b)) // LARGEST_GROUP), len(side_a), len(side_b))
    luck = random.Random(seed)
    dealt: dict[int, int] = {}
    turn = 0
    for side in (side_a, side_b):
        for one in luck.sample(sorted(side), len(side)):
            dealt[one] = turn % groups + 1
            turn += 1
    return dealt


def smallest_group(groups: Mapping[int, Sequence[bool]]) -> int:
    """Where somebody who comes late sits: the smallest group, and of several the one with the fewest of their own side.

    A group is a row of whether each of its people is of that side.
    """
    return min(groups, key=lambda number: (len(groups[number]), sum(groups[number]), number))


def distribution(votes: Sequence[int]) -> list[tuple[int, int]]:
    """How many gave each mark from 1 to 5."""
    return [(mark, votes.count(mark)) for mark in CONFIDENCE]


def average(votes: Sequence[int]) -> float | None:
    """The mean of the marks; none without votes."""
    return sum(votes) / len(votes) if votes else None
