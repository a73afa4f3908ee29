"""Which lane of the public stream a stored post travels in."""

from foreshock_shared.contracts.events import PostStored
from foreshock_shared.contracts.judgement import Urgency
from foreshock_shared.contracts.streams import Lane


def lane_of(post: PostStored) -> Lane:
    """What may have to be told within a second overtakes the rest."""
    judgement = post.classification
    return Lane.URGENT if judgement.shock or judgement.urgency is Urgency.CRITICAL else Lane.NORMAL
