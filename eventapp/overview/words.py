"""What the log calls loading the demo."""

from eventapp.audit.words import declare_acts, declare_kind
from eventapp.core.i18n import _l

declare_acts("demo", _l("Demo"), {"loaded": _l("Loaded the demo")})
declare_kind("demo", _l("Demo"))
declare_acts("overview", _l("Out of step"), {"remind": _l("Wrote to a company's admins about what is out of step")})
