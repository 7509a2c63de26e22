"""What the log calls acts on consents, needs and personal data."""

from eventapp.audit.words import declare_acts, declare_kind
from eventapp.core.i18n import _l

declare_acts("consent", _l("Consents"), {"give": _l("Gave a consent"), "withdraw": _l("Withdrew a consent")})
declare_acts(
    "needs",
    _l("Diet and access"),
    {
        "tell": _l("Told diet or access needs"),
        "forget": _l("Deleted diet and access needs"),
        "look": _l("Looked at diet and access needs"),
        "export": _l("Downloaded diet and access needs"),
    },
)
declare_acts("objection", _l("Objections"), {"make": _l("Objected"), "withdraw": _l("Withdrew an objection")})
declare_acts("erasure", _l("Erasure"), {"ask": _l("Asked to be erased")})
declare_acts("person", _l("People"), {"export": _l("Downloaded a person's data"), "erase": _l("Erased a person")})
declare_acts("retention", _l("How long data is kept"), {"change": _l("Changed how long data is kept")})
declare_kind("retention", _l("Retention"))
