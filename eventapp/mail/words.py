"""What the log calls acts on mails."""

from eventapp.audit.words import declare_acts, declare_fields, declare_kind
from eventapp.core.i18n import _l

declare_acts("mail", _l("Mail"), {"send_all": _l("Sent all mails that had failed")})
declare_fields(mails=_l("Mails"))
declare_kind("mail", _l("Mail"))
