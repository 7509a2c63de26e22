"""What the log calls acts about attendance."""

from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts(
    "attendance",
    _l("Attendance"),
    {
        "import": _l("Imported a report of attendance"),
        "count": _l("Counted attendance"),
        "call": _l("Called the roll"),
        "uncall": _l("Took a roll back"),
        "sheet": _l("Typed in a sign-in sheet"),
        "unsheet": _l("Took a sign-in sheet back"),
        "match": _l("Matched lines of a report by hand"),
        "unmatch": _l("Took a match back"),
        "aside": _l("Put lines of a report aside"),
        "settle": _l("Settled attendance by hand"),
        "unsettle": _l("Took a settled attendance back"),
        "export": _l("Downloaded attendance"),
    },
    visible={"settle": ("attendance",), "unsettle": ("attendance",)},
)
declare_acts("run", _l("Results of runs"), {"close": _l("Made results final"), "reopen": _l("Reopened the results")})
declare_fields(
    slot=_l("Slot"),
    added=_l("New lines"),
    unmatched=_l("Matched to nobody"),
    line=_l("Line"),
    marks=_l("Marks"),
    present=_l("Here"),
    absent=_l("Not here"),
    open=_l("Not called"),
    attendance=_l("Attendance"),
    intervals=_l("Lines of the report"),
    done_at=_l("Final since"),
)
