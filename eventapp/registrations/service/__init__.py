"""Registering, cancelling, undoing, handing on, approving. Everything in the caller's transaction, under the lock of the
event's pool."""

from eventapp.registrations.service.approving import approve, decline, reconsider, reopen
from eventapp.registrations.service.attendees import Attendee, ProblemsError, is_foreign
from eventapp.registrations.service.cancelling import cancel, cancel_all, undo_cancel
from eventapp.registrations.service.changing import answer, change_kind, change_mode, correct, end_review, substitute
from eventapp.registrations.service.foreseeing import Foreseen, forecast, foresee
from eventapp.registrations.service.moving import confirm_by_hand, to_waiting_list
from eventapp.registrations.service.promoting import confirm_moved
from eventapp.registrations.service.registering import check_company, register
from eventapp.registrations.service.relocating import follow_modes, renew_entries, tell_all
from eventapp.registrations.service.settling import settle
from eventapp.registrations.service.telling import samples, sends, tell

__all__ = [
    "Attendee",
    "Foreseen",
    "ProblemsError",
    "answer",
    "approve",
    "cancel",
    "cancel_all",
    "change_kind",
    "change_mode",
    "check_company",
    "confirm_by_hand",
    "confirm_moved",
    "correct",
    "decline",
    "end_review",
    "follow_modes",
    "forecast",
    "foresee",
    "is_foreign",
    "reconsider",
    "register",
    "renew_entries",
    "reopen",
    "samples",
    "sends",
    "settle",
    "substitute",
    "tell",
    "tell_all",
    "to_waiting_list",
    "undo_cancel",
]
