"""`POST /v1/posts`: the push interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from foreshock_ingest import metrics
from foreshock_ingest.adapters.acceptor import Acceptor
from foreshock_ingest.adapters.body import read_body
from foreshock_ingest.adapters.credentials import Credentials
from foreshock_ingest.adapters.pressure import Backlogged, Pressure
from foreshock_ingest.domain.batching import Outcome
from foreshock_ingest.domain.bounded import TooLarge
from foreshock_ingest.domain.parsing import Parsed, Rejected, WrongContentType, parse
from foreshock_ingest.openapi import BODY, REFUSALS
from foreshock_shared.runtime import tracing
from foreshock_shared.runtime.errors import InvalidPayload, Overloaded
from foreshock_shared.runtime.problems import Problem

CONFLICT: Final = "other content was accepted under this id before; send a changed post under an id of its own"


class RejectedItem(BaseModel):
    """An item that was not accepted: its place in what was sent, and why."""

    index: int
    native_id: str | None
    error: str


class Answer(BaseModel):
    """What became of the items sent."""

    accepted: list[str]
    """Ids, in the order of the items that were accepted; the same id for the same post, however often it is sent."""
    rejected: list[RejectedItem]


@dataclass(frozen=True, slots=True)
class Push:
    """What the endpoint needs."""

    acceptor: Acceptor
    pressure: Pressure
    credentials: Credentials
    body_limit: int
    batch_limit: int

    def router(self) -> APIRouter:
        """The routes of this interface."""
        router = APIRouter(tags=["posts"])

        @router.post(
            "/v1/posts", status_code=202, response_model=Answer, responses=REFUSALS, openapi_extra={"requestBody": BODY}
        )
        async def push_posts(request: Request) -> Response:
            """Accept posts: one, an array, one a line, or as CloudEvents.

            What is answered 202 is on storage. Sending the same post again is safe and answers the same id.
            """
            with _counted():
                return await self._push(request)

        return router

    async def _push(self, request: Request) -> Response:
        signed = await self.credentials.check_headers(request)
        self._admit()
        body = await read_body(request, self.body_limit)
        if signed:
            self.credentials.check_body(request, body)
        parsed = self._parse(body, request.headers.get("content-type", ""))
        outcomes = await self.acceptor.accept(parsed.posts, revisions=False)
        rejected = sorted([*parsed.rejected, *_conflicts(parsed, outcomes)], key=lambda each: each.index)
        metrics.REJECTED.labels("push").inc(len(rejected))
        accepted = [str(outcome.post_id) for outcome in outcomes if outcome.accepted]
        tracing.note({"foreshock.posts": len(accepted), "foreshock.posts.rejected": len(rejected)})
        if len(accepted) == 1:
            tracing.note({tracing.POST_ID: accepted[0]})
        if rejected and not accepted:
            raise _nothing_accepted(parsed, rejected)
        answer = {"accepted": accepted, "rejected": [asdict(each) for each in rejected]}
        return Response(to_json(answer), status_code=202, media_type="application/json")

    def _admit(self) -> None:
        try:
            self.pressure.admit()
        except Overloaded as error:
            status = 429 if isinstance(error, Backlogged) else 503
            raise Problem(status, str(error), headers={"Retry-After": str(error.retry_after)}) from error

    def _parse(self, body: bytes, content_type: str) -> Parsed:
        try:
            return parse(body, content_type, self.batch_limit)
        except WrongContentType as error:
            raise Problem(415, str(error)) from error
        except TooLarge as error:
            raise Problem(413, str(error)) from error
        except InvalidPayload as error:
            raise Problem(400, str(error)) from error


@contextmanager
def _counted() -> Iterator[None]:
    """Count a push by its end. What is not accepted is the sender's fault only where the answer says so."""
    end = metrics.TURNED_AWAY
    try:
        yield
        end = metrics.ACCEPTED
    except Problem as problem:
        if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR and problem.status != HTTPStatus.TOO_MANY_REQUESTS:
            end = metrics.REFUSED_PUSH
        raise
    finally:
        end.inc()


def _conflicts(parsed: Parsed, outcomes: list[Outcome]) -> list[Rejected]:
    answered = zip(parsed.places, parsed.posts, outcomes, strict=True)
    return [Rejected(place, post.native_id, CONFLICT) for place, post, outcome in answered if not outcome.accepted]


def _nothing_accepted(parsed: Parsed, rejected: list[Rejected]) -> Problem:
    """409 for one post in conflict, else 422."""
    items = [asdict(each) for each in rejected]
    if parsed.single:
        status = 409 if rejected[0].error is CONFLICT else 422
        return Problem(status, rejected[0].error, rejected=items)
    return Problem(422, f"none of {len(items)} items was accepted; the first: {rejected[0].error}", rejected=items)
