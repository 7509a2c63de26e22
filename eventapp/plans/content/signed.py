"""Which changes of the plan's own history are of signed words: whoever decides a claim changes none."""

from collections.abc import Collection
from typing import Any

from eventapp.plans.content.editing import LINES
from eventapp.plans.models import Plan, PlanSection

_WRITTEN: tuple[Any, ...] = (Plan, PlanSection, *LINES.values())
# The fields that are signed, by what was changed.
SIGNED: dict[str, frozenset[str]] = {one.edit_kind: frozenset(one.fields) - one.unsigned for one in _WRITTEN}


def changes_signed(kind: str, fields: Collection[str]) -> bool:
    """Whether a change of these fields is one of signed words."""
    return not SIGNED.get(kind, frozenset()).isdisjoint(fields)
