"""What the log calls acts of the programme."""

from eventapp.audit.words import declare_acts, declare_fields, declare_kind
from eventapp.core.i18n import _l

declare_acts(
    "programme",
    _l("Rules of the programme"),
    {
        "create": _l("Made a rule of the programme"),
        "change": _l("Changed a rule of the programme"),
        "archive": _l("Put a rule of the programme out of force"),
        "restore": _l("Put a rule of the programme back into force"),
        "count_for": _l("Chose the company that a person counts for"),
        "export": _l("Downloaded how companies stand in the programme"),
    },
)
declare_fields(
    tier_key=_l("Tier"),
    countries=_l("Countries"),
    credentials=_l("Credentials"),
    people_min=_l("People"),
    score_min=_l("Points"),
    window_months=_l("Months that count"),
    risk_days=_l("Days of warning"),
    grace_days=_l("Days of grace"),
    counts_for=_l("Counts for"),
)
declare_kind("programme_rule", _l("Rule of the programme"))
