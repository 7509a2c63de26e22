"""Bodies that take a while to arrive."""

import io
from typing import Any, ClassVar

from eventapp.core.db import db


class Arriving(io.BytesIO):
    """A body that notes whether a transaction is open while it is read."""

    seen: ClassVar[list[bool]] = []

    def readinto(self, into: Any) -> int:
        Arriving.seen.append(db.session().in_transaction())
        return super().readinto(into)
