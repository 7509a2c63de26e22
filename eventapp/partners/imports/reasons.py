"""Why a row is refused, or what about it was left out: codes for programs, sentences for people."""

from collections.abc import Iterable, Sequence
from typing import Any

from eventapp.core.i18n import _, _l, ngettext
from eventapp.partners.imports.fields import FIELDS
from eventapp.partners.models import ImportKind, RowOutcome

REASONS: dict[str, Any] = {
    "too_few_columns": _l("The row has fewer columns than the header."),
    "too_many_columns": _l("The row has more columns than the header. Is a cell with the delimiter not in quotes?"),
    "empty_name": _l("There is no name."),
    "bad_programme_id": _l("The programme ID does not look like KP-123456."),
    "unknown_partner_type": _l("The programme has no such partner type."),
    "unknown_tier": _l("The programme has no such tier."),
    "unknown_country": _l("No such country is known."),
    "unknown_status": _l("The status must be active, prospect, suspended or ended."),
    "broken_date": _l("There is no such date."),
    "invalid_email": _l("This is no e-mail address."),
    "unknown_programme_id": _l("No company has this programme ID."),
    "merged_away": _l("This company was merged into another one. Take the row out, or undo the merge."),
    "empty_company": _l("There is no company."),
    "no_host": _l("With whom this person comes is neither registered nor in a row before, or several have that name."),
    "unknown_state": _l("The status is neither checked in, confirmed, no-show nor cancelled."),
    "open_elsewhere": _l("This person is not registered here, and a file cannot put people in a queue."),
    "unknown_mode": _l("The event has no such way to take part."),
    "objected": _l("This person does not want to be registered by others."),
    "lacks": _l("This person lacks what the course asks for."),
    "left_out": _l("Left out: somebody said that no company of the list is meant."),
    "no_company": _l("No company has this name."),
    "several_companies": _l("Several companies have this name."),
    "no_join_time": _l("There is no time of joining."),
    "left_before_joined": _l("The time of leaving lies before that of joining."),
    "in_waiting_room": _l("In the waiting room only; that does not count."),
    "not_enrolled": _l("Nobody enrolled has this address or this name."),
    "no_column": _l("No column is matched to %(field)s, which new companies need."),
    "too_long": _l("The value in %(field)s is too long."),
}

# The same where the cell is known that is at fault, and where nothing stands in it.
NAMED: dict[str, Any] = {
    "bad_programme_id": _l("The programme ID “%(value)s” does not look like KP-123456."),
    "unknown_partner_type": _l("The programme has no partner type “%(value)s”."),
    "unknown_tier": _l("The programme has no tier “%(value)s”."),
    "unknown_country": _l("No country is called “%(value)s”."),
    "unknown_status": _l("“%(value)s” is no status; it must be active, prospect, suspended or ended."),
    "broken_date": _l("There is no date “%(value)s”."),
    "invalid_email": _l("“%(value)s” is no e-mail address."),
    "unknown_programme_id": _l("No company has the programme ID “%(value)s”."),
    "no_host": _l(
        "“%(value)s”, with whom this person comes, is neither registered nor in a row before, or several have that name."
    ),
    "unknown_state": _l("The status “%(value)s” is neither checked in, confirmed, no-show nor cancelled."),
    "open_elsewhere": _l(
        "“%(value)s” is no place yet, and this person is not registered here: a file cannot put people in a queue."
    ),
    "unknown_mode": _l("The event has no way to take part called “%(value)s”."),
    "too_long": _l("“%(value)s” is too long for %(field)s."),
}
EMPTY: dict[str, Any] = {
    "bad_programme_id": _l("There is no programme ID."),
    "unknown_programme_id": _l("There is no programme ID."),
    "unknown_partner_type": _l("There is no partner type."),
    "unknown_country": _l("There is no country."),
    "invalid_email": _l("There is no e-mail address."),
}

WARNINGS: dict[str, Any] = {
    "bad_duns": _l("The D-U-N-S %(value)s does not have nine digits; it is left out."),
    "bad_vat": _l("The VAT ID %(value)s does not look like one; it is left out."),
    "duns_taken": _l("The D-U-N-S %(value)s belongs to another company; it is left out."),
    "vat_taken": _l("The VAT ID %(value)s belongs to another company; it is left out."),
    "crm_taken": _l("The CRM ID %(value)s belongs to another company; it is left out."),
    "bad_domain": _l("%(value)s is no domain; it is left out."),
    "free_mail": _l("%(value)s belongs to a mail provider and cannot stand for a company; it is left out."),
    "unknown_other_type": _l("The programme has no type %(value)s; it is left out."),
    "bad_employees": _l("%(value)s is no number of employees; it is left out."),
    "bad_supplier": _l("%(value)s cannot be a supplier; it is left out."),
    "unknown_parent": _l("No company is called %(value)s; the name is kept until one is."),
    "unknown_supplier": _l("No company has the programme ID %(value)s; it is kept until one has."),
    "bad_phone": _l("%(value)s is no phone number with a country code; it is left out."),
    "bad_language": _l("%(value)s is no language code; it is left out."),
    "bad_time_zone": _l("%(value)s is no time zone; it is left out."),
    "unknown_function": _l("%(value)s is no function we know; it is left out."),
    "bad_role": _l("%(value)s is neither yes nor no; it counts as no."),
    "names_swapped": _l("Given and family name look swapped; they are taken as they stand."),
    "named_before": _l("An earlier row calls this person %(value)s; that one counts."),
    "free_mail_person": _l("%(value)s is a mail provider; the address says nothing about the company."),
    "probably_same_person": _l("Probably the same person as row %(value)s, under another address."),
    "company_named": _l("The file says: %(value)s."),
    "no_check_in_time": _l("When the person came is not said; the beginning of the event counts."),
    "cancelled_but_came": _l("Cancelled, and yet with a time of arrival; that is left out."),
    "unknown_ticket": _l("The event has no kind %(value)s; the registration has none."),
    "registered_twice": _l("The person stands in row %(value)s already."),
    "new_person": _l("A new person, who becomes a member of the company."),
    "moved_on": _l("By now probably in another company; the registration stays with this one."),
    "cancel_by_hand": _l("The file says cancelled; here the registration stands. Cancel it by hand if that is right."),
    "other_company": _l("Registered here for another company than %(value)s; that stays."),
    "other_code": _l("The code %(value)s belongs to somebody else here; it is left out."),
    "lacks": _l("Whoever comes %(value)s"),
    "no_leave_time": _l("There is no time of leaving; the end of the slot is taken."),
    "outside_slots": _l("Outside the times of the run; nothing of it counts."),
    "other_leave": _l("Here the time of leaving is another one; that stays."),
    "matched": _l("Found %(value)s."),
    "staff": _l("Of the vendor's own people."),
    "differs": _l("%(value)s differs from the first row of this person; the first row counts."),
}

OUTCOMES = {
    RowOutcome.CREATE: _l("New"),
    RowOutcome.UPDATE: _l("Changed"),
    RowOutcome.UNCHANGED: _l("Unchanged"),
    RowOutcome.REPEAT: _l("Repeated"),
    RowOutcome.CONFLICT: _l("Conflict"),
    RowOutcome.UNSURE: _l("Unsure"),
    RowOutcome.REJECTED: _l("Rejected"),
}


def field_label(kind: ImportKind, key: str) -> str:
    """The label of a field, or its key."""
    if key == "state":
        return _("Membership")
    return next((str(field.label) for field in FIELDS[kind] if field.key == key), key)


def sentence(kind: ImportKind, reason: str, value: str | None = None) -> str:
    """A reason such as `too_long:city` in words, with the `value` that is at fault if it is known."""
    code, _sign, key = reason.partition(":")
    plain = REASONS.get(code, code)
    text = str(plain if value is None else NAMED.get(code, plain) if value else EMPTY.get(code, plain))
    return text % {"value": value, "field": field_label(kind, key)} if "%(" in text else text


def value_of(warnings: Iterable[Sequence[str]]) -> str | None:
    """The value that a row was refused for, which stands with what else was said of it."""
    return next((value for code, value in warnings if code == "value"), None)


def same_header(kind: ImportKind, key: str, header: str, columns: Sequence[int], taken: int) -> str:
    """That several columns have one name, and which of them counts; columns from 1."""
    return _(
        "%(number)s columns are called “%(header)s” (%(columns)s). Column %(taken)s counts as %(field)s.",
        number=len(columns),
        header=header,
        columns=", ".join(str(n) for n in columns),
        taken=taken,
        field=field_label(kind, key),
    )


def no_column(keys: Sequence[str], kind: ImportKind, rows: int) -> str:
    """That new companies lack columns of the file, and how many rows are refused for it."""
    return ngettext(
        "No column is matched to %(names)s, which new companies need: %(num)s row is rejected for that.",
        "No column is matched to %(names)s, which new companies need: %(num)s rows are rejected for that.",
        rows,
        names=_(" and ").join(field_label(kind, key) for key in keys),
    )


def warning(kind: ImportKind, code: str, value: str) -> str:
    """A warning in words."""
    text = str(WARNINGS.get(code, code))
    return text % {"value": field_label(kind, value) if code == "differs" else value} if "%(value)s" in text else text
