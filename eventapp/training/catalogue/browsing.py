"""The catalogue as its address asks for it: courses that fit a search and filters, each with its dates that fit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from eventapp.core.i18n import _, language_name
from eventapp.core.tables import Choice, Listing
from eventapp.core.text import one_line, words
from eventapp.core.times import to_local
from eventapp.events.models import FORMAT_LABELS, EventFormat
from eventapp.partners.models import FUNCTION_LABELS, TYPE_LABELS
from eventapp.training.catalogue.dates import CourseDate, Dates
from eventapp.training.models import COURSE_LEVEL_LABELS, CourseVersion

LONGEST_SEARCH = 100
PAGE = 60
FILTERS = ("level", "product", "language", "mode", "type", "function", "region", "place", "free")
SPAN = ("from", "until")
ON_VIDEO = "video"


@dataclass(frozen=True)
class Offer:
    """A course of the page, with its dates that fit."""

    version: CourseVersion
    dates: Sequence[CourseDate]


@dataclass(frozen=True)
class Catalogue:
    """Everything that the template shows. `dated`: the filters are about dates, so courses without one are left out."""

    listing: Listing
    offers: Sequence[Offer]
    since: str
    until: str
    dated: bool
    total: int


def build(versions: Sequence[CourseVersion], dates: Dates, path: str, args: MultiDict[str, str]) -> Catalogue:
    """The page that the address asks for; what it does not know is ignored."""
    choices = _choices(versions, dates)
    chosen = {name: [v for v, _label, _n in choices[name] if v in set(args.getlist(name))] for name in FILTERS}
    search = one_line(args.get("q", ""))[:LONGEST_SEARCH]
    since, until = (_day(args.get(name, "")) for name in SPAN)
    dated = bool(chosen["region"] or chosen["place"] or chosen["free"] or since or until)
    offers = []
    for version in versions:
        if not _fits(version, chosen):
            continue
        mine = [one for one in dates.of(version.course_id) if _date_fits(one, chosen, since, until, dated)]
        if (mine or not dated) and _found(version, mine, search):
            offers.append(Offer(version, mine))
    page = int(args["page"]) if args.get("page", "").isdecimal() and len(args["page"]) < 5 else 1
    start = max(0, page - 1) * PAGE
    url = _Address(path, args)
    listing = _listing(url, search, choices, chosen, (since, until))
    listing.totals = [(len(offers), _("courses"))]
    listing.next_url = url.change(page=str(page + 1)) if len(offers) > start + PAGE else None
    listing.previous_url = url.change(page=str(page - 1)) if page > 1 else None
    spans = [day.isoformat() if day else "" for day in (since, until)]
    return Catalogue(listing, offers[start : start + PAGE], spans[0], spans[1], dated, len(versions))


def _fits(version: CourseVersion, chosen: Mapping[str, Sequence[str]]) -> bool:
    """Whether the course itself fits; an audience that names nobody is everybody."""
    alone = (("level", [version.level.value]), ("product", version.product_tags), ("language", version.languages))
    if any(chosen[name] and not set(chosen[name]) & set(has) for name, has in (*alone, ("mode", version.modes))):
        return False
    audience = (("type", version.audience_types), ("function", version.audience_functions))
    return all(not chosen[name] or not has or set(chosen[name]) & set(has) for name, has in audience)


def _date_fits(one: CourseDate, chosen: Mapping[str, Sequence[str]], since: date | None, until: date | None, dated: bool) -> bool:
    """Whether a date fits; what is asked of courses is asked of dates too, once dates are asked for."""
    day = to_local(one.starts_at, one.run.event.time_zone).date()
    if (since and day < since) or (until and day > until) or (chosen["free"] and not one.takes):
        return False
    if chosen["region"] and not set(chosen["region"]) & set(_regions(one)):
        return False
    if chosen["place"] and _city(one) not in chosen["place"]:
        return False
    if not dated:
        return True
    if chosen["language"] and one.run.language not in chosen["language"]:
        return False
    return not chosen["mode"] or one.format.value in chosen["mode"] or one.format is EventFormat.HYBRID


def _regions(one: CourseDate) -> list[str]:
    """The sub-region where it takes place, and whether one can be there on video."""
    found = [one.place.region] if one.place is not None else []
    return found if one.format is EventFormat.IN_PERSON else [*found, ON_VIDEO]


def _city(one: CourseDate) -> str:
    return "" if one.format is EventFormat.VIRTUAL else one.run.event.city


def _found(version: CourseVersion, dates: Iterable[CourseDate], search: str) -> bool:
    """Whether each word of the search begins a word of the course, or of a place where it is given."""
    asked = words(search)
    if not asked:
        return True
    cities = [_city(one) for one in dates]
    there = words(version.title, version.course.code, version.summary, *version.product_tags, *cities)
    return all(any(word.startswith(one) for word in there) for one in asked)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _choices(versions: Sequence[CourseVersion], dates: Dates) -> dict[str, Sequence[Choice]]:
    """What can be chosen: only what leads to something."""

    def used(values: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(values))

    regions = {one.place.region: one.place.region_label for one in dates.all() if one.place is not None}
    video = [(ON_VIDEO, _("On video"), None)] if any(ON_VIDEO in _regions(one) for one in dates.all()) else []
    levels = {version.level for version in versions}
    formats = set(used(mode for version in versions for mode in version.modes))
    types = set(used(value for version in versions for value in version.audience_types))
    functions = set(used(value for version in versions for value in version.audience_functions))
    return {
        "level": [(level.value, str(label), None) for level, label in COURSE_LEVEL_LABELS.items() if level in levels],
        "product": [(t, t, None) for t in sorted({t for v in versions for t in v.product_tags}, key=str.casefold)],
        "language": [(t, language_name(t), None) for t in sorted({t for v in versions for t in v.languages}, key=language_name)],
        "mode": [(f.value, str(label), None) for f, label in FORMAT_LABELS.items() if f.value in formats],
        "type": [(t.value, str(label), None) for t, label in TYPE_LABELS.items() if t.value in types],
        "function": [(f.value, str(label), None) for f, label in FUNCTION_LABELS.items() if f.value in functions],
        "region": [*((key, label, None) for key, label in sorted(regions.items(), key=lambda pair: pair[1])), *video],
        "place": [(city, city, None) for city in sorted({_city(one) for one in dates.all()} - {""}, key=str.casefold)],
        "free": [("yes", _("With free seats"), None)] if any(True for _one in dates.all()) else [],
    }


class _Address:
    """Addresses of the same page with something changed; each begins at the first page."""

    def __init__(self, path: str, args: MultiDict[str, str]) -> None:
        known = {"q", *FILTERS, *SPAN}
        self.path = path
        self.pairs = [(n, v) for n, v in args.items(multi=True) if n in known and v]

    def change(self, **changed: str) -> str:
        return self._url([*((n, v) for n, v in self.pairs if n not in changed), *((n, v) for n, v in changed.items() if v)])

    def without(self, name: str, value: str | None = None) -> str:
        return self._url([(n, v) for n, v in self.pairs if n != name or (value is not None and v != value)])

    def _url(self, pairs: Sequence[tuple[str, str]]) -> str:
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path


def _listing(
    url: _Address,
    search: str,
    choices: Mapping[str, Sequence[Choice]],
    chosen: Mapping[str, list[str]],
    span: tuple[date | None, date | None],
) -> Listing:
    """Search and filters, as the macros of lists show them."""
    labels = {
        "level": _("Level"),
        "product": _("Product"),
        "language": _("Language"),
        "mode": _("How"),
        "type": _("Company"),
        "function": _("Function"),
        "region": _("Region"),
        "place": _("Place"),
        "free": _("Seats"),
    }
    pills: list[tuple[str, str, str]] = [(_("Search"), search, url.without("q"))] if search else []
    for name in FILTERS:
        texts = {value: label for value, label, _count in choices[name]}
        pills += [(labels[name], texts[value], url.without(name, value)) for value in chosen[name]]
    for name, label, day in zip(SPAN, (_("From"), _("Until")), span, strict=True):
        if day is not None:
            pills.append((label, day.isoformat(), url.without(name)))
    return Listing(
        rows=(),
        search=search,
        search_label=_("Title, product or place"),
        filters=[(name, labels[name], choices[name], chosen[name]) for name in FILTERS if choices[name]],
        pills=pills,
        clear_url=url.path,
        columns=[],
        next_url=None,
        previous_url=None,
        first=None,
        totals=[],
        query="",
    )
