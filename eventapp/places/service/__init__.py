"""Taking and giving back places.

All work on a pool happens under its row lock, taken in id order (on SQLite the whole transaction is the lock), and
every taking is a guarded update besides: `taken = taken + n WHERE taken + n <= capacity`. Count-then-insert sold 24
of 5 places here. The CHECK of the table is the last backstop.

Whoever moves up may need pools that are locked only then. So that two transactions never wait for each other, bookings
that share any pool share one with a smaller id than all others of theirs, and callers lock that one first.
"""

from eventapp.places.service.bookings import Wish, book, discard, exchange, intend, move, need, rebook, release, resize, spare
from eventapp.places.service.changes import recount, seat, set_capacity, set_order, set_rank, split
from eventapp.places.service.foretelling import Room, foretell, rooms_of
from eventapp.places.service.offers import accept, lapsed, offer
from eventapp.places.service.pools import has_room, insert_pool, lock, new_pool, take, wait_for
from eventapp.places.service.promotion import promote

__all__ = [
    "Room",
    "Wish",
    "accept",
    "book",
    "discard",
    "exchange",
    "foretell",
    "has_room",
    "insert_pool",
    "intend",
    "lapsed",
    "lock",
    "move",
    "need",
    "new_pool",
    "offer",
    "promote",
    "rebook",
    "recount",
    "release",
    "resize",
    "rooms_of",
    "seat",
    "set_capacity",
    "set_order",
    "set_rank",
    "spare",
    "split",
    "take",
    "wait_for",
]
