"""What the log calls acts on calls for sessions; a company reads those on its own proposals."""

from eventapp.audit.words import declare_acts, declare_kind
from eventapp.core.i18n import _l

declare_acts(
    "calls",
    _l("Calls for sessions"),
    {
        "open": _l("Called for sessions"),
        "change": _l("Changed a call for sessions"),
        "criterion": _l("Changed what reviewers score"),
        "propose": _l("Proposed a session"),
        "change_proposal": _l("Changed a proposal"),
        "withdraw": _l("Withdrew a proposal"),
        "review": _l("Reviewed a proposal"),
        "decide": _l("Decided on a proposal"),
        "answer": _l("Answered as a speaker"),
    },
    visible={"propose": (), "change_proposal": (), "withdraw": (), "decide": ("state",)},
)
declare_kind("proposal", _l("Proposal"))
