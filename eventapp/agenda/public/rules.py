"""How parts of sessions are put together on a page: by day, by room, by track, as a list. Pure functions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import format_date

from eventapp.agenda.public.queries import Name, Part
from eventapp.core.i18n import _, _l
from eventapp.core.text import fold
from eventapp.core.times import clock, to_local

# An agenda with more parts than this shows one day at a time, unless all of them are asked for.
MANY = 200


class View(StrEnum):
    """In which order an agenda is shown. Mine: only what somebody has a star or a place for."""

    MINE = "mine"
    DAY = "day"
    ROOM = "room"
    TRACK = "track"
    LIST = "list"
    NOW = "now"


VIEW_LABELS = {
    View.MINE: _l("My agenda"),
    View.DAY: _l("By day"),
    View.ROOM: _l("By room"),
    View.TRACK: _l("By track"),
    View.LIST: _l("As a list"),
    View.NOW: _l("Now and next"),
}


@dataclass(frozen=True)
class Group:
    """Parts under one heading; none: without a heading."""

    title: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Section:
    """A day, a room or a track with its parts. `colour` is that of the track."""

    title: str
    groups: Sequence[Group]
    colour: str | None = None


def days(parts: Sequence[Part], zone: str) -> list[date]:
    """The days on which something begins, on the clocks of that zone."""
    return sorted({to_local(part.starts_at, zone).date() for part in parts})


def day_shown(asked: str, all_days: Sequence[date], view: View, count: int, today: date) -> date | None:
    """The one day that is shown, none for all of them.

    By day it is the one asked for, today, or the first; in other views all, unless that were too many parts for a page.
    """
    if asked == "all" or not all_days:
        return None
    found = next((day for day in all_days if day.isoformat() == asked), None)
    if found is None and (view is View.DAY or (view not in (View.NOW, View.MINE) and count > MANY)):
        found = today if today in all_days else all_days[0]
    return found


def sections(parts: Sequence[Part], view: View, zone: str) -> list[Section]:
    """The parts as the view shows them; in the views by room and by track the breaks over all rooms stand aside."""
    if view is View.DAY:
        return _by_day(parts, zone, lambda part: clock(to_local(part.starts_at, zone)))
    if view is View.ROOM:
        return _by_name([p for p in parts if not p.all_rooms], zone, lambda p: (p.room or _("No room yet"), None))
    if view is View.TRACK:
        return _by_name([p for p in parts if not p.all_rooms], zone, lambda p: (p.track or _("No track"), p.colour))
    return _by_day(parts, zone, lambda _part: "")


def _by_day(parts: Sequence[Part], zone: str, heading: Callable[[Part], str]) -> list[Section]:
    found: dict[date, dict[str, list[Part]]] = {}
    for part in parts:
        day = found.setdefault(to_local(part.starts_at, zone).date(), {})
        day.setdefault(heading(part), []).append(part)
    return [Section(day_name(day), _groups(groups)) for day, groups in sorted(found.items())]


def _by_name(parts: Sequence[Part], zone: str, named: Callable[[Part], tuple[str, str | None]]) -> list[Section]:
    found: dict[str, dict[str, list[Part]]] = {}
    colours: dict[str, str | None] = {}
    for part in parts:
        name, colours[name] = named(part)
        day = day_name(to_local(part.starts_at, zone).date())
        found.setdefault(name, {}).setdefault(day, []).append(part)
    return [Section(name, _groups(found[name]), colours[name]) for name in sorted(found, key=fold)]


def _groups(found: Mapping[str, list[Part]]) -> list[Group]:
    return [Group(title, parts) for title, parts in found.items()]


def day_name(day: date) -> str:
    """A day with its weekday, in the language of the reader."""
    return str(format_date(day, "EEEE d MMMM y", rebase=False))


def short_day(day: date) -> str:
    """A day for a narrow button."""
    return str(format_date(day, "EEE d MMM", rebase=False))


def now_and_next(parts: Sequence[Part], at: datetime) -> list[Section]:
    """What is on at this moment, and what begins next; what was cancelled is neither."""
    going = [part for part in parts if not part.cancelled]
    running = [part for part in going if part.starts_at <= at < part.ends_at]
    following = [part for part in going if part.starts_at > at]
    first = min((part.starts_at for part in following), default=None)
    found = [Section(_("Now"), [Group("", running)])] if running else []
    if first is not None:
        found.append(Section(_("Next"), [Group("", [part for part in following if part.starts_at == first])]))
    return found


def is_on(part: Part, at: datetime) -> bool:
    """Whether it runs at this moment."""
    return not part.cancelled and part.starts_at <= at < part.ends_at


def found_by(part: Part, names: Sequence[Name], wanted: Collection[str]) -> bool:
    """Whether all of the folded words stand in what the part says or who speaks in it."""
    texts = (part.title, part.subtitle, part.label, part.room or "", part.track or "", part.abstract_html)
    text = fold(" ".join((*texts, *(f"{name.name} {name.company}" for name in names))))
    return all(word in text for word in wanted)


def value_of(part: Part, field: str) -> Any:
    """What a filter compares: ids of track and type, language, level, delivery."""
    return {
        "track": str(part.track_id or 0),
        "type": str(part.type_id),
        "level": part.level.value,
        "language": part.language,
        "delivery": part.delivery.value if part.delivery else "",
    }[field]


def is_over(parts: Sequence[Part], at: datetime) -> bool:
    """Whether the last part of a session has ended, so that what belongs to its end may be shown."""
    return all(part.ends_at <= at for part in parts)
