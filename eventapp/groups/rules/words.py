"""Groups, their times and what does not hold, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from eventapp.core.i18n import _, _l, ngettext
from eventapp.core.times import clock, day_text, place, to_local
from eventapp.groups.models import GroupKind
from eventapp.groups.rules.checking import Lack, Problem, Why

_NUMBERED = {
    GroupKind.CIRCLE: _l("Circle %(n)s"),
    GroupKind.TABLE: _l("Table %(n)s"),
    GroupKind.ROOM: _l("Room %(n)s"),
}


class Named(Protocol):
    """A group, as far as it is named."""

    @property
    def number(self) -> int:
        """Its number in the set."""

    @property
    def name(self) -> str:
        """Its own name, if any."""


class Timed(Protocol):
    """A set, as far as people are told when and where."""

    @property
    def name(self) -> str:
        """What it is for."""

    @property
    def kind(self) -> GroupKind:
        """What its groups are."""

    @property
    def place(self) -> str:
        """Where, as it was typed."""

    @property
    def starts_at(self) -> datetime | None:
        """When, if that is a moment."""

    @property
    def time_text(self) -> str:
        """When, as it was typed."""


def group_label(kind: GroupKind, number: int, name: str = "") -> str:
    """Like "Circle 7" or "Table 3, Blue Danube"."""
    numbered = str(_NUMBERED[kind]) % {"n": number}
    return f"{numbered}, {name}" if name else numbered


def when_text(found: Timed, zone: str) -> str:
    """When a set takes place, in the event's zone; empty while that is open."""
    if found.starts_at is None:
        return found.time_text
    local = to_local(found.starts_at, zone)
    moment = f"{day_text(local.date())}, {clock(local)} {place(local, zone)}"
    return f"{moment} · {found.time_text}" if found.time_text else moment


def telling(found: Timed, group: Named | None) -> str:
    """What somebody in that group is told, so that two tellings can be compared; empty without a group."""
    if group is None:
        return ""
    when = found.starts_at.isoformat() if found.starts_at else ""
    return " · ".join((found.kind.value, str(group.number), group.name, found.name, found.place, when, found.time_text))


def problem_text(problem: Problem, rules: Mapping[int, str]) -> str:
    """What does not hold and why, in words. `rules` names the rules about certain people or companies, by id."""
    values: dict[str, Any] = {"n": problem.people, "least": problem.least, "who": rules.get(problem.rule or 0, "")}
    return _WORDS[problem.lack](problem, values)


def _places(problem: Problem, values: dict[str, Any]) -> str:
    people = ngettext("%(num)s person has no place", "%(num)s people have no place", problem.people)
    if problem.why is Why.NO_GROUPS:
        return _("%(people)s: there are no groups yet.", people=people)
    if problem.why is Why.FULL:
        return _("%(people)s: all groups are full.", people=people)
    if problem.least:
        return _("%(people)s: there are %(least)s places too few.", people=people, least=values["least"])
    return _("%(people)s yet.", people=people)


def _near_door(problem: Problem, values: dict[str, Any]) -> str:
    people = ngettext(
        "%(num)s person with access needs is away from the door",
        "%(num)s people with access needs are away from the door",
        problem.people,
    )
    if problem.why is Why.NO_GROUPS:
        return _("%(people)s: no group is marked as near the door.", people=people)
    if problem.why is Why.FULL:
        return _("%(people)s: the groups near the door have %(least)s places too few for them.", people=people, **_least(values))
    if problem.why is Why.PINNED:
        return _("%(people)s: they are pinned or were placed before. Place everybody anew, or unpin.", people=people)
    return _("%(people)s.", people=people)


def _together(problem: Problem, values: dict[str, Any]) -> str:
    text = _("Not together: %(who)s.", who=values["who"])
    return f"{text} {_TOGETHER[problem.why]}" if problem.why in _TOGETHER else text


def _apart(problem: Problem, values: dict[str, Any]) -> str:
    text = _("Not apart: %(who)s.", who=values["who"])
    return f"{text} {_APART[problem.why]}" if problem.why in _APART else text


def _mix(problem: Problem, values: dict[str, Any]) -> str:
    people = ngettext(
        "%(num)s pair of one company sits in the same group",
        "%(num)s pairs of one company sit in the same group",
        problem.people,
    )
    if problem.why is Why.FEW_GROUPS:
        return _("%(people)s: a company sends more people than there are groups, fewer pairs are impossible.", people=people)
    if problem.why is Why.PINNED:
        return _("%(people)s, since they are pinned or were placed before; %(least)s would do.", people=people, **_least(values))
    return _("%(people)s; other rules aside %(least)s would do.", people=people, **_least(values))


def _least(values: dict[str, Any]) -> dict[str, Any]:
    return {"least": values["least"]}


_PINNED = _l("They are pinned, or were placed before.")
_CONTRARY = _l("Another rule says the opposite.")
_TOGETHER = {
    Why.PINNED: _PINNED,
    Why.CONTRARY: _CONTRARY,
    Why.TOO_LARGE: _l("No group is large enough for all of them."),
    Why.FULL: _l("Not all of them have a place: the groups are full."),
}
_APART = {
    Why.PINNED: _PINNED,
    Why.CONTRARY: _CONTRARY,
    Why.FEW_GROUPS: _l("There are more of them than groups."),
}
_WORDS = {
    Lack.PLACES: _places,
    Lack.NEAR_DOOR: _near_door,
    Lack.TOGETHER: _together,
    Lack.APART: _apart,
    Lack.MIX: _mix,
}
