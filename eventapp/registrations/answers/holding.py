"""The places of options that only so many may choose. The caller holds the lock of the event's pool."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.places import service as places
from eventapp.places.models import Booking
from eventapp.questions.rules.asked import Asked
from eventapp.registrations.answers.models import Answer, AnswerPlace

Pools = Mapping[tuple[int, str], int]


def held(answer_ids: Collection[int]) -> dict[int, dict[str, Booking]]:
    """The bookings that answers hold, by answer and key of the option."""
    query = (
        select(AnswerPlace.answer_id, AnswerPlace.key, Booking)
        .join(Booking, Booking.id == AnswerPlace.booking_id)
        .where(AnswerPlace.answer_id.in_(list(answer_ids)))
    )
    found: dict[int, dict[str, Booking]] = {}
    for answer_id, key, booking in db.session.execute(query) if answer_ids else ():
        found.setdefault(answer_id, {})[key] = booking
    return found


def give_back(answer_ids: Collection[int], keys: Collection[str] | None = None) -> None:
    """Gives places back: of these options, or all."""
    going = held(answer_ids)
    bookings = [booking for row in going.values() for key, booking in row.items() if keys is None or key in keys]
    if not bookings:
        return
    places.release(bookings)
    gone = AnswerPlace.booking_id.in_([booking.id for booking in bookings])
    db.session.execute(delete(AnswerPlace).where(gone), execution_options={"synchronize_session": "fetch"})


def take(answer: Answer, question: Asked, keys: Sequence[str], pools: Pools, *, field: str, at: datetime) -> None:
    """Takes places in those options of `keys` that have a limit. Raises RuleError at `field` if one is full."""
    wanted = [key for key in keys if (question.id, key) in pools]
    if not wanted:
        return
    locked = places.lock(pools[(question.id, key)] for key in wanted)
    for key in wanted:
        if not places.has_room(locked[pools[(question.id, key)]], 1):
            option = question.option(key)
            label = option.label if option else key
            raise RuleError(_("“%(option)s” is full: the last place has just gone. Choose another.", option=label), field)
    hold(answer.id, wanted, [pools[(question.id, key)] for key in wanted], at)


def hold(answer_id: int, keys: Sequence[str], pool_ids: Sequence[int], at: datetime) -> None:
    """Books a place for each key; there is room."""
    bookings = places.book([places.Wish((pool_id,)) for pool_id in pool_ids], at=at)
    db.session.add_all(
        AnswerPlace(answer_id=answer_id, key=key, booking_id=booking.id) for key, booking in zip(keys, bookings, strict=True)
    )
    db.session.flush()
