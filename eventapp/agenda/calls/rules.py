"""Rules of a call: when it is open, and what scores add up to."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

BEST = 5


def is_open(opens_at: datetime, closes_at: datetime, at: datetime) -> bool:
    """Whether companies may propose at this moment; the last moment is that before `closes_at`."""
    return opens_at <= at < closes_at


def score(weights: Mapping[int, int], reviews: Iterable[Mapping[str, Any]]) -> float | None:
    """The weighted mean of all scores, from 0 to 5; none without any.

    Each review counts by the criteria that it scores: a criterion added later does not pull older reviews down.
    """
    means = []
    for scores in reviews:
        given = [(weights[int(key)], value) for key, value in scores.items() if int(key) in weights]
        total = sum(weight for weight, _value in given)
        if total:
            means.append(sum(weight * value for weight, value in given) / total)
    return round(sum(means) / len(means), 2) if means else None
