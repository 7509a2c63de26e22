"""900 people drumming: the flagship event's circles with their people, coaches and material."""

from datetime import datetime

from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.times import to_utc
from eventapp.events.models import Event
from eventapp.groups import queries, service
from eventapp.groups.models import GroupKind
from eventapp.groups.service import GroupDetails, SetDetails
from eventapp.registrations.desk import service as desk
from eventapp.registrations.desk.models import TagColour
from eventapp.registrations.models import Registration

CIRCLES, SIZE = 30, 30
NEAR_DOOR = 3
# Name, how many there are, how many each circle gets. Of shakers there are too few, as the page says.
MATERIAL = (("Bongos", 460, 15), ("Djembes", 300, 10), ("Cymbals", 70, 2), ("Shakers", 80, 3))
COACHES = (
    *("Amadou Diallo", "Bea Lindner", "Carlos Pinto", "Dilek Arslan", "Emil Novak", "Fatou Ndiaye", "Greta Holm", "Henrik Dahl"),
    *("Ines Ferrer", "Jonas Weber", "Katka Horák", "Lukas Gruber", "Mira Osei", "Nils Berg", "Olga Petrenko"),
)


def fill(event: Event, *, by: User, at: datetime) -> None:
    """Makes the circles for those who came and places them, as the pages would do it."""
    came = select(Registration.id).where(Registration.event_id == event.id, Registration.checked_in_at.is_not(None))
    drums = desk.make_tag(event, "Drums", TagColour.VIOLET, by=by, at=at)
    desk.put_on(list(db.session.scalars(came.order_by(Registration.id))), [drums.id])
    details = SetDetails(
        name="Drumming",
        kind=GroupKind.CIRCLE,
        place="Great hall",
        starts_at=to_utc(datetime(2027, 5, 19, 20), event.time_zone),  # noqa: DTZ001 - local time, made UTC here
        time_text="after dinner",
        size=SIZE,
        tags=(drums.id,),
    )
    circles = service.create(event, details, CIRCLES, by=by, at=at)
    for n, one in enumerate(queries.groups_of(circles)):
        coach = GroupDetails("", SIZE, n < NEAR_DOOR, COACHES[n // 2], "")
        service.change_group(circles, one, coach, version=one.version, by=by, at=at)
    for name, stock, each in MATERIAL:
        service.add_material(circles, name, stock, each=each, by=by, at=at)
    organizer = Viewer(by, frozenset({Role.ORGANIZER}))
    draft = service.draft(organizer, event, circles, anew=False, seed=1)
    service.apply(organizer, event, circles, anew=False, seed=1, fingerprint=draft.fingerprint, by=by, at=at)
