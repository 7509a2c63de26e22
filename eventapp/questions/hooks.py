"""What stands above questions: the answers. Whoever keeps them puts itself in here when it is imported."""

from collections.abc import Iterable
from datetime import datetime

from eventapp.questions.rules.asked import Asked
from eventapp.questions.rules.changes import Numbers


class Keeper:
    """Keeps answers. This one keeps none: questions alone have no answers."""

    def counts(self, _question_ids: Iterable[int]) -> dict[int, int]:
        """How many answers each question has."""
        return {}

    def numbers(self, _event_id: int, _new: Asked) -> Numbers:
        """What a change would do with the answers. Changes nothing."""
        return Numbers()

    def carry(self, _event_id: int, _new: Asked, _at: datetime) -> Numbers:
        """Takes the answers over to the new version, places of limited options included."""
        return Numbers()

    def recount(self, _event_id: int, _at: datetime) -> None:
        """Counts anew what each registration of the event still has to answer."""


_keepers: list[Keeper] = [Keeper()]


def keep_answers(keeper: Keeper) -> None:
    """Makes `keeper` the one who keeps the answers."""
    _keepers.append(keeper)


def keeper() -> Keeper:
    """Who keeps the answers."""
    return _keepers[-1]
