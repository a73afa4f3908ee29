"""The page behind an `acknowledge` link: opening it shows what there is to acknowledge, its button does it.

Mail gateways and chat clients open links to look at them; so GET changes nothing. The signature in the link is the
permission: it holds for one incident and a week.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from html import escape
from typing import Annotated, Final
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from foreshock_notify.adapters.hands import Done
from foreshock_notify.domain.links import may_acknowledge
from foreshock_shared.runtime.problems import Problem

_BODY_LIMIT: Final = 4_096
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" \
content="noindex"><title>{title}</title>
<style>body{{font:1rem/1.5 system-ui;margin:3rem auto;max-width:40rem;padding:0 1rem}}input,button{{font:inherit;\
padding:.4rem .8rem}}</style>
<h1>{title}</h1><p>{headline}</p>{rest}
</html>
"""
_FORM: Final = """<form method="post"><p><label>Your name <input name="by" required maxlength="100" autofocus></label>
<p><label>A note <input name="note" maxlength="500"></label><p><button>Acknowledge</button></form>"""

Signature = Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")]
Expires = Annotated[int, Query(ge=0, le=253_402_300_799)]


def make_acknowledge_page(
    headline_of: Callable[[UUID], Awaitable[str | None]],
    acknowledge: Callable[[UUID, str, str], Awaitable[Done | None]],
    key: bytes,
    now: Callable[[], datetime],
) -> APIRouter:
    """The two routes of the page."""
    router = APIRouter(tags=["acknowledge"])

    async def checked(incident: UUID, expires: int, signature: str) -> str:
        if not may_acknowledge(incident, expires, signature, key, now()):
            raise Problem(403, "this link is not ours or has expired; acknowledge by the API, or in a later alert")
        headline = await headline_of(incident)
        if headline is None:
            raise Problem(404, f"there is no incident {incident}")
        return headline

    @router.get("/acknowledge/{incident_id}", response_class=HTMLResponse)
    async def ask(incident_id: UUID, expires: Expires, signature: Signature) -> HTMLResponse:
        """What there is to acknowledge, and a button. Changes nothing."""
        headline = await checked(incident_id, expires, signature)
        return _page("Acknowledge this incident?", headline, _FORM)

    @router.post("/acknowledge/{incident_id}", response_class=HTMLResponse)
    async def confirm(request: Request, incident_id: UUID, expires: Expires, signature: Signature) -> HTMLResponse:
        """Acknowledge it."""
        headline = await checked(incident_id, expires, signature)
        given = parse_qs((await _body(request)).decode("utf-8", "replace").replace("\x00", ""))
        by, note = (given.get(name, [""])[0].strip() for name in ("by", "note"))
        done = await acknowledge(incident_id, by[:100] or "by link", note[:500])
        if done is None or done.incident.acknowledged is None:
            raise Problem(404, f"there is no incident {incident_id}")
        who = done.incident.acknowledged
        said = f"<p>By {escape(who.by)}, {who.at:%d %B %Y %H:%M} UTC.</p>"
        return _page("Acknowledged" if done.changed else "Acknowledged before", headline, said)

    return router


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_LIMIT:
            raise Problem(413, f"a form of at most {_BODY_LIMIT} bytes is taken")
    return body


def _page(title: str, headline: str, rest: str) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=escape(title), headline=escape(headline), rest=rest), headers=_HEADERS)
