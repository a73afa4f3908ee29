"""Which lane of the public stream a stored post travels in."""

from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Classification, Urgency
from foreshock_shared.contracts.streams import Lane


def is_urgent(judgement: Classification) -> bool:
    """Whether a post may have to be told within a second, and so overtakes the rest."""
    return judgement.shock or judgement.urgency is Urgency.CRITICAL


def lane_of(post: PostStored) -> Lane:
    """The lane of a post."""
    return Lane.URGENT if is_urgent(post.classification) else Lane.NORMAL
