"""Tables of the community."""

from eventapp.community.models.directory import Interest, Listing, ListingCountry, ListingInterest
from eventapp.community.models.meetings import (
    ENDED_MEETINGS,
    MEETING_LABELS,
    MEETING_TRANSITIONS,
    MeetingBlock,
    MeetingRequest,
    MeetingState,
)
from eventapp.community.models.onboarding import (
    FACT_LABELS,
    BuddyOffer,
    BuddyPair,
    Fact,
    OnboardingItem,
    OnboardingTick,
    ProposedBy,
)

__all__ = [
    "ENDED_MEETINGS",
    "FACT_LABELS",
    "MEETING_LABELS",
    "MEETING_TRANSITIONS",
    "BuddyOffer",
    "BuddyPair",
    "Fact",
    "Interest",
    "Listing",
    "ListingCountry",
    "ListingInterest",
    "MeetingBlock",
    "MeetingRequest",
    "MeetingState",
    "OnboardingItem",
    "OnboardingTick",
    "ProposedBy",
]
