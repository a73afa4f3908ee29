"""What people do to incidents and silences over HTTP; every route asks for the key.

POST   /v1/incidents/{id}/ack       {by, note}      stops escalation; who was first stands
POST   /v1/incidents/{id}/retract   {by, reason}    what was reported is not so
GET    /v1/silences                 ?ended
POST   /v1/silences                 {when, rules, receivers, reason, by, starts_at, ends_at}
DELETE /v1/silences/{id}            ?by
"""

from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints

from foreshock_notify.adapters.hands import Done
from foreshock_notify.domain.case import Acknowledged
from foreshock_notify.domain.notification import Status
from foreshock_notify.domain.silence import Said, Silence, SilenceIn
from foreshock_shared.runtime.problems import Problem, require_key


class AcknowledgeIn(BaseModel):
    """Who takes the incident on."""

    model_config = ConfigDict(extra="forbid")

    by: Said
    note: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""


class RetractIn(BaseModel):
    """Who says that the report was false, and how they know."""

    model_config = ConfigDict(extra="forbid")

    by: Said
    reason: Said


class Standing(BaseModel):
    """How an incident stands now."""

    id: UUID
    status: Status
    revision: int
    acknowledged: Acknowledged | None
    merged_into: UUID | None


class SilenceList(BaseModel):
    items: list[Silence]


class Actions(Protocol):
    """Who carries them out."""

    async def acknowledge(self, incident: UUID, by: str, note: str) -> Done | None: ...

    async def retract(self, incident: UUID, by: str, reason: str) -> Done | None: ...

    async def silence(self, asked: SilenceIn) -> Silence: ...

    async def silences(self, *, ended: bool) -> list[Silence]: ...

    async def end_silence(self, ident: UUID, by: str) -> Silence | None: ...

    def now(self) -> datetime: ...


def make_actions(actions: Actions, key: SecretStr) -> APIRouter:
    """The routes of incidents."""
    router = APIRouter(prefix="/v1", tags=["actions"], dependencies=[Depends(require_key(key))])

    @router.post("/incidents/{incident_id}/ack")
    async def acknowledge(incident_id: UUID, given: AcknowledgeIn) -> Standing:
        """Take an incident on: nobody else is roused. Who was first stands."""
        return _standing(await actions.acknowledge(incident_id, given.by, given.note), incident_id)

    @router.post("/incidents/{incident_id}/retract")
    async def retract(incident_id: UUID, given: RetractIn) -> Standing:
        """Say that what was reported is not so; everybody is told who was told of it."""
        done = await actions.retract(incident_id, given.by, given.reason)
        standing = _standing(done, incident_id)
        if done is not None and not done.changed and standing.status is not Status.RETRACTED:
            raise Problem(409, f"incident {incident_id} is {standing.status}: there is nothing left to retract")
        return standing

    return router


def make_silences(actions: Actions, key: SecretStr) -> APIRouter:
    """The routes of silences."""
    router = APIRouter(prefix="/v1", tags=["silences"], dependencies=[Depends(require_key(key))])

    @router.get("/silences")
    async def list_silences(ended: Annotated[bool, Query()] = False) -> SilenceList:
        """Silences that have not ended, the latest first; with `ended`, those that have too."""
        return SilenceList(items=await actions.silences(ended=ended))

    @router.post("/silences", status_code=201)
    async def add_silence(asked: SilenceIn) -> Silence:
        """Keep something back until an end. What it keeps back is recorded."""
        if asked.ends_at <= actions.now():
            raise Problem(422, "ends_at lies in the past; a silence must end later than now")
        return await actions.silence(asked)

    @router.delete("/silences/{silence_id}")
    async def end_silence(
        silence_id: UUID, by: Annotated[str, Query(min_length=1, max_length=500)] = "the API"
    ) -> Silence:
        """End a silence now."""
        ended = await actions.end_silence(silence_id, by)
        if ended is None:
            raise Problem(404, f"there is no silence {silence_id} that has not ended")
        return ended

    return router


def _standing(done: Done | None, incident: UUID) -> Standing:
    if done is None:
        raise Problem(404, f"there is no incident {incident}")
    found = done.incident
    return Standing(
        id=found.id,
        status=found.status,
        revision=found.revision,
        acknowledged=found.acknowledged,
        merged_into=found.merged_into,
    )
