"""What Slack's answers mean: a webhook answers `ok` or a word under a status, the API 200 and a word in JSON."""

from typing import Final

from foreshock_notify.adapters.receivers.wire import Reply
from foreshock_notify.domain.retry import Answer, Reason

_BUSY: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_BROKEN: Final = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "rollup_error"})
_MISCONFIGURED: Final = frozenset(
    {
        "access_denied",
        "account_inactive",
        "action_prohibited",
        "as_user_not_supported",
        "channel_is_archived",
        "channel_not_found",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "invalid_token",
        "is_archived",
        "missing_scope",
        "no_active_hooks",
        "no_permission",
        "no_service",
        "no_service_id",
        "no_team",
        "not_allowed_token_type",
        "not_authed",
        "not_in_channel",
        "org_login_required",
        "posting_to_general_channel_denied",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "team_access_not_granted",
        "team_disabled",
        "team_not_found",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "user_not_found",
    }
)
_REJECTED: Final = frozenset(
    {
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_charset",
        "invalid_json",
        "invalid_payload",
        "json_not_object",
        "missing_text_or_fallback_or_attachments",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
    }
)
_LOST: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
"""The message that we remember cannot be edited any more, and another one can be posted."""


def read_webhook(reply: Reply) -> Answer:
    """The answer of an incoming webhook."""
    word = reply.body.decode("utf-8", "replace").strip()
    if 200 <= reply.status < 300:
        return reply.answer(None if word == "ok" else Reason.UNUSABLE_ANSWER)
    return reply.answer(_meaning(word))


def read_api(reply: Reply) -> Answer:
    """The answer of the Web API; where a message was taken, what it is called from now on."""
    said = reply.json()
    if said.get("ok") is True:
        where, ts = said.get("channel"), said.get("ts")
        if isinstance(where, str) and isinstance(ts, str):
            return Answer(reply.status, handle={"channel": where, "ts": ts})
        return reply.answer(Reason.UNUSABLE_ANSWER)
    word = said.get("error")
    if not isinstance(word, str):
        return reply.answer(Reason.UNUSABLE_ANSWER if 200 <= reply.status < 300 else None)
    return reply.answer(_meaning(word) or Reason.CLIENT_ERROR, f"answered {reply.status}: {word}")


def is_lost(answer: Answer) -> bool:
    """Whether the message that was to be edited is beyond reach: itself, or with the channel that it stands in."""
    return (answer.error or "").rpartition(" ")[2] in _LOST or answer.reason is Reason.MISCONFIGURED


def _meaning(word: str) -> Reason | None:
    for words, reason in (
        (_BUSY, Reason.RATE_LIMITED),
        (_BROKEN, Reason.SERVER_ERROR),
        (_MISCONFIGURED, Reason.MISCONFIGURED),
        (_REJECTED, Reason.REJECTED),
    ):
        if word in words:
            return reason
    return None
