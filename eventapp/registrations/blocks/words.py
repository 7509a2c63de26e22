"""What the log calls acts on seat blocks; their holder may read them."""

from eventapp.audit.words import declare_acts, declare_fields
from eventapp.core.i18n import _l

declare_acts(
    "blocks",
    _l("Seat blocks"),
    {
        "create": _l("Set places aside"),
        "change": _l("Changed a seat block"),
        "allot": _l("Allotted places"),
        "release": _l("Released a seat block"),
    },
    visible={
        "create": ("places", "name_until", "releases_at"),
        "change": ("places", "name_until", "releases_at"),
        "allot": ("places", "company"),
        "release": ("people", "places"),
    },
)
declare_fields(name_until=_l("Names until"), releases_at=_l("Unnamed places fall back"))
