"""Putting together the page of an agenda: what its address asks for, out of what the visitor may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from eventapp.agenda.models import LEVEL_LABELS
from eventapp.agenda.own.mine import NOBODYS, Mine
from eventapp.agenda.public import queries, rules
from eventapp.agenda.public.queries import Name, Part, Release
from eventapp.agenda.public.rules import VIEW_LABELS, Section, View
from eventapp.core.i18n import _, language_name
from eventapp.core.tables import Choice, Listing
from eventapp.core.text import one_line, words
from eventapp.core.times import clock, place, to_local, zone_or_none
from eventapp.events.models import FORMAT_LABELS, Event

LONGEST_SEARCH = 100
FILTERS = ("track", "type", "level", "language", "delivery")
KEPT = ("view", "day", "times")


@dataclass(frozen=True)
class Address:
    """The address of the page, and those of the same page with something changed."""

    path: str
    args: MultiDict[str, str]

    def change(self, **changed: str) -> str:
        """The address with other values; an empty one takes the argument out."""
        known = {"q", *FILTERS, *KEPT}
        pairs = [(n, v) for n, v in self.args.items(multi=True) if n in known and n not in changed and v]
        return self._url([*pairs, *((n, v) for n, v in changed.items() if v)])

    def without(self, name: str, value: str | None = None) -> str:
        """The address without an argument, or without one of its values."""
        known = {"q", *FILTERS, *KEPT}
        pairs = [(n, v) for n, v in self.args.items(multi=True) if n in known and v]
        return self._url([(n, v) for n, v in pairs if n != name or (value is not None and v != value)])

    def _url(self, pairs: Sequence[tuple[str, str]]) -> str:
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path


@dataclass(frozen=True)
class Page:
    """Everything that the template shows."""

    release: Release
    sections: Sequence[Section]
    names: Mapping[int, Sequence[Name]]
    mine: Mine
    zone: str
    at: datetime
    total: int = 0
    shown: int = 0
    view: View = View.LIST
    views: Sequence[tuple[str, str, bool]] = ()
    days: Sequence[tuple[str, str, bool]] = ()
    times: Sequence[tuple[str, str, bool]] = ()
    listing: Listing | None = None
    many_languages: bool = False
    everything: str = ""
    by_link: bool = False

    @classmethod
    def of_parts(cls, release: Release, parts: Sequence[Part], mine: Mine, zone: str, at: datetime) -> "Page":
        """A few parts by day without switches, as on the page of a speaker."""
        return cls(release, rules.sections(parts, View.LIST, zone), {}, mine, zone, at)

    def clock(self, moment: datetime) -> str:
        """Hours and minutes on the clocks shown."""
        return clock(to_local(moment, self.zone))

    def is_on(self, part: Part) -> bool:
        """Whether it runs at this moment."""
        return rules.is_on(part, self.at)

    def level(self, part: Part) -> str:
        """How much it expects its audience to know."""
        return str(LEVEL_LABELS[part.level])

    def language(self, part: Part) -> str:
        """The language that is spoken in it."""
        return language_name(part.language)

    def delivery(self, part: Part) -> str:
        """How it can be followed, where that is not as the event."""
        return str(FORMAT_LABELS[part.delivery]) if part.delivery else ""

    @property
    def place(self) -> str:
        """Where the clocks stand that the times are meant on, with their offset on the first day shown."""
        first = self.sections[0].groups[0].parts[0].starts_at if self.sections else self.at
        return place(to_local(first, self.zone), self.zone)


def build(
    event: Event,
    release: Release,
    *,
    path: str,
    args: MultiDict[str, str],
    viewer_zone: str | None,
    mine: Mine = NOBODYS,
    first_view: View = View.DAY,
    by_link: bool = False,
    at: datetime,
) -> Page:
    """The page that the address asks for; `by_link`: behind somebody's own secret link. Three queries."""
    address = Address(path, args)
    everything = queries.parts(release, mine.sees)
    names = queries.names(release)
    offered = [view for view in View if view is not View.MINE or mine.token]
    view = next((one for one in offered if one.value == args.get("view")), first_view)
    zone = _zone(event, args.get("times", ""), viewer_zone)
    search = one_line(args.get("q", ""))[:LONGEST_SEARCH]
    choices = _choices(everything)
    chosen = {name: [v for v, _label, _n in choices[name] if v in args.getlist(name)] for name in FILTERS}
    found = [part for part in everything if _fits(part, names, search, chosen)]
    if view is View.MINE:
        found = [part for part in found if mine.has(part.session_id)]
    all_days = rules.days(found, zone)
    day = rules.day_shown(args.get("day", ""), all_days, view, len(found), to_local(at, zone).date())
    shown = [part for part in found if day is None or to_local(part.starts_at, zone).date() == day]
    in_order = rules.now_and_next(found, at) if view is View.NOW else rules.sections(shown, view, zone)
    return Page(
        release=release,
        view=view,
        views=[
            (str(VIEW_LABELS[one]), address.change(view="" if one is first_view else one.value), one is view) for one in offered
        ],
        days=_day_links(all_days, day, view, address),
        zone=zone,
        times=_time_links(event, zone, viewer_zone, address),
        listing=_listing(address, search, choices, chosen),
        sections=in_order,
        names=names,
        mine=mine,
        at=at,
        total=len({part.session_id for part in everything if not part.is_break}),
        many_languages=bool(choices["language"]),
        by_link=by_link,
        everything=address.change(view="" if first_view is not View.MINE else View.DAY.value, day="all"),
        shown=len({part.session_id for part in (found if view is View.NOW else shown) if not part.is_break}),
    )


def _zone(event: Event, asked: str, viewer_zone: str | None) -> str:
    """On whose clocks the times are shown: as asked, else the viewer's at a virtual event and the event's at any other."""
    if asked == "event":
        return event.time_zone
    if asked not in ("", "own"):
        return asked if zone_or_none(asked) else event.time_zone
    own = viewer_zone or event.time_zone
    return own if asked == "own" or event.is_virtual else event.time_zone


def _time_links(event: Event, zone: str, viewer_zone: str | None, address: Address) -> list[tuple[str, str, bool]]:
    """The switch between event time and one's own; nothing to switch where nobody has told another zone."""
    own = zone if zone not in (event.time_zone, viewer_zone) else viewer_zone
    if own is None or own == event.time_zone:
        return []
    local = to_local(event.starts_at, event.time_zone)
    there = _("Event time, %(place)s", place=place(local, event.time_zone))
    here = _("Your time, %(place)s", place=place(to_local(event.starts_at, own), own))
    return [
        (there, address.change(times="event"), zone == event.time_zone),
        (here, address.change(times="own" if own == viewer_zone else own), zone == own),
    ]


def _day_links(all_days: Sequence[date], day: date | None, view: View, address: Address) -> list[tuple[str, str, bool]]:
    if len(all_days) < 2 or view is View.NOW:
        return []
    every = (_("All days"), address.change(day="all"), day is None)
    return [*((rules.short_day(one), address.change(day=one.isoformat()), one == day) for one in all_days), every]


def _choices(parts: Sequence[Part]) -> dict[str, list[Choice]]:
    """What can be filtered by: only what is there, and nothing where there is no choice."""
    found: dict[str, dict[str, str]] = {name: {} for name in FILTERS}
    for part in parts:
        if part.is_break:
            continue
        if part.track is not None:
            found["track"][str(part.track_id)] = part.track
        found["type"][str(part.type_id)] = part.type
        found["level"][part.level.value] = str(LEVEL_LABELS[part.level])
        if part.language:
            found["language"][part.language] = language_name(part.language)
        if part.delivery is not None:
            found["delivery"][part.delivery.value] = str(FORMAT_LABELS[part.delivery])
    return {
        name: [(value, label, None) for value, label in sorted(values.items(), key=lambda one: one[1])] if len(values) > 1 else []
        for name, values in found.items()
    }


def _fits(part: Part, names: Mapping[int, Sequence[Name]], search: str, chosen: Mapping[str, Sequence[str]]) -> bool:
    """Whether the filters let it through; breaks stay while nothing is looked for."""
    if part.is_break:
        return not search and not any(chosen.values())
    if any(values and rules.value_of(part, name) not in values for name, values in chosen.items()):
        return False
    return not search or rules.found_by(part, names.get(part.session_id, ()), words(search))


def _listing(address: Address, search: str, choices: Mapping[str, Sequence[Choice]], chosen: Mapping[str, list[str]]) -> Listing:
    """Search and filters, as the macros of lists show them."""
    labels = {
        "track": _("Track"),
        "type": _("Type"),
        "level": _("Level"),
        "language": _("Language"),
        "delivery": _("Takes place"),
    }
    pills: list[tuple[str, str, str]] = [(_("Search"), search, address.without("q"))] if search else []
    for name in FILTERS:
        texts = {value: label for value, label, _count in choices[name]}
        pills += [(labels[name], texts[value], address.without(name, value)) for value in chosen[name]]
    return Listing(
        rows=(),
        search=search,
        search_label=_("Search title, speaker, company"),
        filters=[(name, labels[name], choices[name], chosen[name]) for name in FILTERS if choices[name]],
        pills=pills,
        clear_url=address.change(q="", **dict.fromkeys(FILTERS, "")),
        columns=[],
        next_url=None,
        previous_url=None,
        first=None,
        totals=[],
        query="",
        hidden=[(name, address.args[name]) for name in KEPT if address.args.get(name)],
    )
