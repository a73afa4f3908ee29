"""Templates of the rules file: what they may say, and what is said of those that cannot be used."""

from pathlib import Path

import pytest
from hypothesis import given
from unit.notify.goldens import HOSTILE, notifications
from unit.notify.test_wording import TEXTS

from foreshock_notify.adapters import templates
from foreshock_notify.adapters.rules_file import load
from foreshock_notify.adapters.samples import samples
from foreshock_notify.adapters.templates import TemplateFault, Wording
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Template
from foreshock_notify.domain.wording import Piece, harmless, plain
from foreshock_shared.runtime.errors import ConfigurationError

OPENED = dict(notifications())["opened"]


def _said(body: str, notification: Notification = OPENED) -> tuple[Piece, ...]:
    return Wording(Template(body=body)).write(notification).body


def _named(headline: str) -> Notification:
    return OPENED.model_copy(update={"data": OPENED.data.model_copy(update={"headline": headline})})


def test_ours_say_every_kind_of_notification() -> None:
    for sample in samples():
        message = Wording(Template()).write(sample)
        assert sample.data.headline in message.title
        assert sample.data.posts[0].text in plain(message.body)


def test_a_template_replaces_our_words_and_leaves_the_other_part() -> None:
    message = Wording(Template(title="{{ urgency }}! {{ headline }}")).write(OPENED)
    assert message.title == "critical! The text of first"
    assert message.body == Wording(Template()).write(OPENED).body


def test_bold_and_links_are_the_only_looks() -> None:
    assert _said("x {{ bold(headline) }} *y*\n{{ link(posts[0].url, posts[0].source) }}") == (
        Piece("x "),
        Piece("The text of first", bold=True),
        Piece(" *y*\n"),
        Piece("source of first (example.org)", url="https://example.org/first"),
    )


def test_what_a_post_says_is_no_template() -> None:
    assert plain(_said("{{ headline }}", _named("{{ 7 * 7 }}{% if x %}"))) == "{{ 7 * 7 }}{% if x %}"


@given(TEXTS)
def test_no_text_can_forge_a_link_or_leave_its_line(text: str) -> None:
    pieces = _said("{{ headline }}|{{ bold(headline) }}|{{ headline | upper }}", _named(text))
    assert all(piece.url is None for piece in pieces)
    assert plain(pieces).count("\n") == 0
    assert [piece.text for piece in pieces if piece.bold] in ([harmless(text)], [""], [])


def test_text_that_only_joins_to_something_harmful_is_harmless_too() -> None:
    notification = _named("!channel>")
    assert plain(_said("{{ '<' }}{{ headline }} {{ '@' ~ 'everyone' }}", notification)) == "‹!channel> ＠everyone"


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("{{ hedline }}", 1, "there is no hedline; known are acknowledged_by, decided_at"),
        ("fine\n{% if %}", 2, "is no template"),
        ("{{ headline", 1, "is no template"),
        ("fine\n\n{{ posts[0].txt }}", 3, "'dict object' has no attribute 'txt'"),
        ("{{ effect.action }}", 1, "with no effect"),
        ("{{ headline | shout }}", 1, "shout"),
        ("{% include 'other' %}", 1, "cannot take in other templates"),
        ("{% import 'other' as other %}", 1, "cannot take in other templates"),
        ("{{ ''.__class__ }}", 1, "unsafe"),
        ("{{ posts.append(1) }}", 1, "unsafe"),
        ("{{ range(9) }}", 1, "there is no range"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(body: str, line: int, said: str) -> None:
    with pytest.raises(TemplateFault) as refused:
        Wording(Template(body=body))
    assert (refused.value.key, refused.value.line) == ("body", line)
    assert said in refused.value.reason


def test_a_rules_file_tells_where_its_template_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        "receivers:\n  - name: chat\n    format: discord\n    url: https://discord.example/api/webhooks/1/x\n"
        "    template:\n      title: '{{ headline }}'\n      body: |\n        Fine.\n        {{ hedline }}\n"
    )
    with pytest.raises(ConfigurationError) as refused:
        load(path, {})
    assert f"{path}:7: receivers[0].template.body: there is no hedline" in str(refused.value)
    assert "(line 2 of the template)" in str(refused.value)


def test_a_template_that_fails_after_all_gives_way_to_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    wording = Wording(Template(body="{{ posts[0].text }}{{ 1 / (origins - 41) }}"))
    crowd = OPENED.model_copy(update={"data": OPENED.data.model_copy(update={"origins": 41})})
    assert wording.write(crowd) == Wording(Template()).write(crowd)


def test_the_hostile_text_is_said_whole_and_does_nothing() -> None:
    said = plain(_said("{{ headline }}", _named(HOSTILE)))
    assert said == harmless(HOSTILE)
    assert "gnp.exe" in said
    assert {"headline", "posts", "effect", "why", "links", "kind"} <= templates.VARIABLES
