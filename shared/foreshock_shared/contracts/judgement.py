"""What classify says of a post: topics, urgency, shock, entities, effect, and why."""

from enum import StrEnum

from pydantic import Field

from foreshock_shared.contracts.base import Contract, Instant


class Topic(StrEnum):
    """What a post is about; a post has one or more, `NONE` only alone."""

    POLICY = "policy"
    SECURITY = "security"
    FUNDING = "funding"
    RELEASE = "release"
    RESEARCH = "research"
    COMPUTE = "compute"
    TALENT = "talent"
    LEGAL = "legal"
    MARKET = "market"
    OPINION = "opinion"
    NONE = "none"


class Urgency(StrEnum):
    """When a reader must act: within minutes or hours, today, this week, or not at all."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 (low) to 3 (critical), for comparisons."""
        return ("low", "medium", "high", "critical").index(self.value)


class EntityKind(StrEnum):
    MODEL = "model"
    VENDOR = "vendor"
    AGENCY = "agency"
    JURISDICTION = "jurisdiction"
    CHIP = "chip"
    LAW = "law"
    PERSON = "person"


class Action(StrEnum):
    """What a policy does to somebody's access, supply or cost."""

    SUSPEND = "suspend"
    BAN = "ban"
    RESTRICT = "restrict"
    LICENCE = "licence"
    TARIFF = "tariff"
    SANCTION = "sanction"
    REQUIRE = "require"
    FUND = "fund"
    PERMIT = "permit"
    LIFT = "lift"


class EffectStatus(StrEnum):
    ANNOUNCED = "announced"
    IN_FORCE = "in_force"
    PROPOSED = "proposed"
    LIFTED = "lifted"


class ScoredTopic(Contract):
    name: Topic
    score: float = Field(ge=0, le=1)


class Entity(Contract):
    """Something of the gazetteer that a post names. `id` is a stable slug, `name` how it is usually written."""

    id: str
    name: str
    kind: EntityKind


class Effect(Contract):
    """What a model gateway needs to reroute without reading English."""

    action: Action
    actor: str | None = None
    """Entity id of who acts."""
    jurisdiction: str | None = None
    """Entity id of whose law it is."""
    targets: list[str] = Field(default_factory=list)
    """Entity ids of what is acted upon."""
    audience: str | None = None
    """Whose access changes, in a few words of the post."""
    effective_at: Instant | None = None
    status: EffectStatus = EffectStatus.ANNOUNCED


class Cue(Contract):
    """One reason: `cue` as it stands in the text, the `decision` that it moved, and by how much (log odds)."""

    decision: str
    cue: str
    weight: float


class Why(Contract):
    """Enough for a person to agree or disagree in five seconds."""

    model: str
    """Version of the model: the first digits of the hash of what it was trained from."""
    cues: list[Cue] = Field(default_factory=list)


class Classification(Contract):
    topics: list[ScoredTopic] = Field(min_length=1, max_length=4)
    urgency: Urgency
    urgency_score: float = Field(ge=0, le=1)
    shock: bool
    shock_score: float = Field(ge=0, le=1)
    entities: list[Entity] = Field(default_factory=list)
    effect: Effect | None = None
    lang: str | None = None
    why: Why

    @property
    def relevant(self) -> bool:
        """Whether the post is about our field at all; what is not ends in the store and is told to nobody."""
        return self.topics[0].name is not Topic.NONE
