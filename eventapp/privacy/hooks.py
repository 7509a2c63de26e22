"""What later features do when somebody takes a consent back. They add themselves when the app is put together."""

from collections.abc import Callable
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.privacy.models import ConsentKind

# Called in the same transaction: (person, kind, by, now).
WITHDRAWN: list[Callable[[int, ConsentKind, Actor, datetime], None]] = []
