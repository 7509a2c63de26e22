"""What the log calls merges."""

from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts("company", _l("Companies"), {"merge": _l("Merged two companies"), "unmerge": _l("Took a merge of companies back")})
declare_acts("person", _l("People"), {"merge": _l("Merged two people"), "unmerge": _l("Took a merge of people back")})
declare_fields(merged=_l("Merged"))
