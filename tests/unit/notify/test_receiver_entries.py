"""The receivers of rules.yaml, format by format."""

from pathlib import Path

import pytest
from unit.notify.building import SECRET

from foreshock_notify.adapters.rules_file import load
from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_shared.runtime.errors import ConfigurationError

ENVIRONMENT = {
    "URL": "https://hooks.example.org/x",
    "TOKEN": "a-token",
    "SECRET": SECRET,
    "MAIL": "mailtos://user:password@example.org",
    "NONSENSE": "nonsense",
}


def _load(folder: Path, entry: str) -> Receiver:
    path = folder / "rules.yaml"
    path.write_text(f"receivers:\n  - {{name: desk, {entry}}}\n")
    return load(path, ENVIRONMENT).receivers["desk"]


@pytest.mark.parametrize(
    ("entry", "form", "url"),
    [
        ("url_env: URL, secret_env: SECRET", Format.WEBHOOK, "https://hooks.example.org/x"),
        ("format: slack, url_env: URL", Format.SLACK, "https://hooks.example.org/x"),
        ("format: slack, token_env: TOKEN, channel: C1", Format.SLACK, "https://slack.com/api"),
        ("format: slack, token_env: TOKEN, channel: C1, url: 'https://slack-gov.com/api'", Format.SLACK, None),
        ("format: discord, url_env: URL", Format.DISCORD, "https://hooks.example.org/x"),
        ("format: teams, url_env: URL", Format.TEAMS, "https://hooks.example.org/x"),
        ("format: pagerduty, token_env: TOKEN", Format.PAGERDUTY, "https://events.pagerduty.com/v2/enqueue"),
        ("format: alertmanager, url: 'http://127.0.0.1:9093'", Format.ALERTMANAGER, "http://127.0.0.1:9093"),
        ("format: alertmanager_webhook, url_env: URL", Format.ALERTMANAGER_WEBHOOK, None),
        (
            "format: alertmanager_webhook, url_env: URL, token_env: TOKEN, secret_env: SECRET",
            Format.ALERTMANAGER_WEBHOOK,
            None,
        ),
        ("format: apprise, url_env: MAIL", Format.APPRISE, "mailtos://user:password@example.org"),
    ],
)
def test_each_format_asks_for_what_it_needs(tmp_path: Path, entry: str, form: Format, url: str | None) -> None:
    receiver = _load(tmp_path, entry)
    assert receiver.format is form
    assert url is None or receiver.url.get_secret_value() == url


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("format: slack", "url: give either url or url_env"),
        ("format: slack, token_env: TOKEN", "channel: is missing: a bot must know where to post"),
        ("format: slack, channel: C1", "token_env: is missing"),
        ("format: slack, token_env: TOKN, channel: C1", "the environment variable TOKN is not set"),
        ("format: slack, url_env: URL, secret_env: SECRET", "secret_env: does nothing for the format slack"),
        ("format: discord, url_env: URL, channel: C1", "channel: does nothing for the format discord"),
        ("format: pagerduty", "token_env: is missing"),
        ("format: pagerduty, token_env: TOKEN, url: 'ftp://x'", "must be an http:// or https:// URL"),
        ("format: apprise, url: 'mailto://x'", "put it into the environment"),
        ("format: apprise, url_env: NONSENSE", "is no URL that Apprise knows"),
        (
            "format: webhook, url_env: URL, secret_env: SECRET, template: {title: x}",
            "does nothing for the format webhook",
        ),
        ("format: discord, url_env: URL, template: {titel: x}", "did you mean title?"),
        ("format: discord, url_env: URL, template: {title: ''}", "at least 1 character"),
        ("format: discord, url_env: URL, concurrency: 0", "greater than or equal to 1"),
        ("format: telegraph, url_env: URL", "is none of webhook, slack, discord"),
    ],
)
def test_what_does_not_fit_its_format_is_refused(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        _load(tmp_path, entry)
    assert said in str(refused.value)
    assert "rules.yaml:2: receivers[0]" in str(refused.value)


def test_no_secret_shows_when_a_receiver_is_printed(tmp_path: Path) -> None:
    shown = repr(_load(tmp_path, "format: alertmanager_webhook, url_env: URL, token_env: TOKEN, secret_env: SECRET"))
    assert not any(ENVIRONMENT[name] in shown for name in ("URL", "TOKEN", "SECRET"))


def test_another_token_or_channel_makes_another_receiver(tmp_path: Path) -> None:
    here, there = (_load(tmp_path, f"format: slack, token_env: TOKEN, channel: {name}") for name in ("C1", "C2"))
    assert here.identity != there.identity


def test_how_many_at_a_time_is_a_setting(tmp_path: Path) -> None:
    assert _load(tmp_path, "format: discord, url_env: URL").concurrency == 4
    assert _load(tmp_path, "format: discord, url_env: URL, concurrency: 1").concurrency == 1
