"""What is foreseen for people before they are registered, in words: who gets a place, who waits and for what."""

from collections.abc import Sequence

from eventapp.core.i18n import _, ngettext
from eventapp.events.models import Event, Mode
from eventapp.registrations.service import Foreseen

# Reasons for which nobody waits longer than until a day that is known.
FAIRNESS = frozenset({"draw", "round"})


def counted(event: Event, people: Sequence[Foreseen]) -> str:
    """How many get a place, wait, or are looked at by an organizer first; empty where everybody gets a place."""
    asked = sum(one.asks for one in people)
    waiting = sum(bool(one.waits_for) for one in people)
    if not asked and not waiting:
        return ""
    held = len(people) - asked - waiting
    parts = [ngettext("%(num)s gets a place", "%(num)s get a place", held)] if held else []
    if waiting:
        parts.append(
            ngettext("%(num)s goes on the waiting list", "%(num)s go on the waiting list", waiting)
            if event.waits
            else ngettext("%(num)s gets none", "%(num)s get none", waiting)
        )
    if asked:
        parts.append(ngettext("%(num)s needs an organizer’s yes", "%(num)s need an organizer’s yes", asked))
    return ", ".join(parts)


def state(one: Foreseen) -> tuple[str, str]:
    """Tone and word for one of them."""
    if one.asks:
        return "info", _("An organizer decides first")
    if not one.waits_for:
        return "ok", _("Gets a place")
    return "wait", _("Takes part in the draw") if one.waits_for == "draw" else _("Waits for a place")


def reason(one: Foreseen, *, free: int | None = None) -> str:
    """Why somebody waits, with the other way to take part if that has places; empty for who gets a place.

    `free` is what a company has left, where some of its people get that.
    """
    why = _why(one, free)
    if one.other is Mode.VIRTUAL:
        return _("%(why)s There are places on video.", why=why)
    if one.other is Mode.IN_PERSON:
        return _("%(why)s There are places in the room.", why=why)
    return why


def _why(one: Foreseen, free: int | None) -> str:
    if one.waits_for == "event":
        return _("The event is full.")
    if one.waits_for == "mode":
        in_person = one.attendee.mode is Mode.IN_PERSON
        return _("All places in the room are taken.") if in_person else _("All places on video are taken.")
    if one.waits_for == "kind":
        return _("All places of this kind are taken.")
    if one.waits_for == "company":
        return (
            ngettext("Your company has %(num)s place left.", "Your company has %(num)s places left.", free)
            if free
            else _("All places of your company are taken.")
        )
    if one.waits_for == "block":
        return _("All places of this block are taken.")
    if one.waits_for == "round":
        return _("Each company gets one place first; the others wait for the second round.")
    return ""


def reasons(people: Sequence[Foreseen], *, free: int | None = None) -> list[str]:
    """Each reason once, in the order of the people."""
    return list(dict.fromkeys(text for one in people if (text := reason(one, free=free))))


def for_one(event: Event, ways: Sequence[Foreseen]) -> list[str]:
    """What somebody should know who may come in these ways: full ones, and whether there is a waiting list."""
    full = [one for one in ways if one.waits_for and one.waits_for not in FAIRNESS]
    if not full:
        return []
    said = reasons(full)
    if not event.waits:
        return [*said, _("There is no waiting list.")]
    if len(full) == len(ways):
        return [*said, _("If you register now, you go on the waiting list.")]
    return said
