"""What the log calls objects of training."""

from eventapp.audit.words import declare_kind
from eventapp.core.i18n import _l

declare_kind("run", _l("Run"))
declare_kind("enrolment", _l("Enrolment"))
