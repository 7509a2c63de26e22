"""Connections in words, seen from either end."""

from eventapp.core.i18n import _l
from eventapp.partners.models import RelationshipKind

# By kind and way: `to` as the one who supplies, `by` as the one who is supplied.
KIND_LABELS = {
    (RelationshipKind.SUPPLIES, "to"): _l("Supplies"),
    (RelationshipKind.SUPPLIES, "by"): _l("Supplied by"),
    (RelationshipKind.ALLIANCE, "to"): _l("Allied with"),
    (RelationshipKind.SUBSIDIARY, "to"): _l("Parent of"),
    (RelationshipKind.SUBSIDIARY, "by"): _l("Subsidiary of"),
    (RelationshipKind.SUBCONTRACTS, "to"): _l("Gives work to"),
    (RelationshipKind.SUBCONTRACTS, "by"): _l("Works for"),
}


def label(kind: RelationshipKind, outgoing: bool) -> str:
    """The connection as the company at this end would put it."""
    return str(KIND_LABELS.get((kind, "to" if outgoing else "by"), KIND_LABELS[kind, "to"]))
