"""What a company's form offers besides its own places: those of its seat blocks, and those allotted to it."""

from collections.abc import Sequence
from datetime import datetime

from wtforms.fields import SelectChoice

from eventapp.accounts.permissions import Viewer
from eventapp.core.i18n import _, ngettext
from eventapp.core.wall import whole
from eventapp.events.models import MODE_LABELS, Event
from eventapp.partners.company.queries import run_id
from eventapp.registrations.blocks import queries, service
from eventapp.registrations.blocks.models import BlockShare
from eventapp.registrations.blocks.queries import Places
from eventapp.registrations.blocks.rules import in_words, naming_blocker
from eventapp.registrations.forms import ColleaguesForm
from eventapp.registrations.service import Attendee

OWN = "own"


def usable(viewer: Viewer, event: Event, now: datetime) -> list[Places]:
    """The shares of the viewer's company for which people can be named now, full ones too: the form says so."""
    found = queries.places_for(run_id(viewer), event_id=event.id)
    return [one for one in found if not naming_blocker(event, one.name_until, one.released_at, now)]


def offer(form: ColleaguesForm, event: Event, found: Sequence[Places], *, own: str | None, asked: str) -> None:
    """Offers these shares on the form, and the company's own places with the words `own`; none if it has none."""
    choices = [SelectChoice(str(one.share_id), _words(one, event)) for one in found]
    form.offer_places(choices, SelectChoice(OWN, own) if own is not None else None, asked)


def chosen(viewer: Viewer, event: Event, form: ColleaguesForm) -> BlockShare | None:
    """The share whose places are taken; none for the company's own. Raises NotFoundError for another company's."""
    if form.places is None or not (form.places.data or "").isdecimal():
        return None
    return queries.own_share(viewer, event, int(form.places.data))


def fitted(share: BlockShare | None, attendees: list[Attendee]) -> list[Attendee]:
    """The attendees in the way, and as what, the places of the share were set aside for: what they are asked depends on it."""
    if share is None:
        return attendees
    with whole():
        return service.as_the_block(queries.block_of(share), attendees)


def _words(one: Places, event: Event) -> str:
    whose = _("The seat block that you hold") if one.own else _("Places from %(company)s", company=one.holder)
    left = ngettext("%(num)s left", "%(num)s left", one.free)
    parts = [left, *([str(MODE_LABELS[one.mode])] if len(event.modes) > 1 else [])]
    until = _("names until %(when)s", when=in_words(one.name_until, event.time_zone))
    return f"{whose}: {', '.join([*parts, until])}"
