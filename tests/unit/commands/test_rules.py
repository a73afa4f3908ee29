"""`./run rules check` and `./run rules test` as a user meets them."""

from pathlib import Path

import pytest

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.commands import rules as command
from foreshock_stack.environment import Environment, read_environment

RULES = """\
receivers:
  - {name: desk, url_env: DESK_URL, secret_env: DESK_SECRET}
rules:
  - {name: policy-shock, when: {shock: true, urgency_at_least: high}, send_to: [desk]}
"""
ORDER = (
    "By order of the government of Ruritania, access to the frontier model Canary 5 is suspended for all foreign "
    "nationals with immediate effect."
)
TESTS = """\
tests:
  - name: a directive is told at once, and once more when a second source has it
    posts:
      - {at: 0s, shock: true, urgency: critical, source: gazette}
      - {at: 1m, shock: true, urgency: critical, source: gazette}
      - {at: 5m, shock: true, urgency: critical, source: wire}
    expect:
      - {at: 0s, receiver: desk, kind: opened, status: unconfirmed, rules: policy-shock}
      - {at: 5m, receiver: desk, kind: updated, status: corroborated, revision: 2}
  - name: a copy is no second source
    posts:
      - {at: 0s, id: first, shock: true, urgency: critical}
      - {at: 5m, copy_of: first, shock: true, urgency: critical}
    expect:
      - {at: 0s, receiver: desk}
  - name: a lift is told to whom the measure was told
    posts:
      - {at: 0s, story: the ban, shock: true, urgency: critical}
      - {at: 2d, story: the lift, ends: the ban, shock: true, urgency: critical, tier: official}
    expect:
      - {at: 0s, receiver: desk, story: the ban, kind: opened}
      - {at: 2d, receiver: desk, story: the ban, kind: lifted}
  - name: an old post is not told
    posts:
      - {at: 0s, shock: true, urgency: critical, age: 3d}
    expect: []
"""


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "rules.yaml").write_text(RULES)
    return read_environment({"FORESHOCK_STATE_DIR": str(tmp_path), "FORESHOCK_CONFIG_DIR": str(tmp_path)})


def played(environment: Environment, text: str, name: str = "my.test.yaml") -> int:
    path = environment.config_dir / name
    path.write_text(text)
    return command.play_files(environment, [path])


def test_rules_that_do_what_they_should_pass_without_servers_or_secrets(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert played(environment, TESTS) == 0
    said = capsys.readouterr().out
    assert said.count("ok    ") == 4
    assert "my.test.yaml: 4 of 4 tests passed" in said


def test_without_a_name_every_test_beside_the_rules_is_played(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no \*\.test\.yaml"):
        command.play_files(environment, [])
    (environment.config_dir / "a.test.yaml").write_text(TESTS)
    assert command.play_files(environment, []) == 0
    assert "a.test.yaml: 4 of 4" in capsys.readouterr().out


def test_a_test_that_fails_says_where_what_and_why(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = TESTS.replace("{at: 5m, shock: true, urgency: critical, source: wire}",
                            "{at: 5m, shock: true, urgency: medium, source: wire}")  # fmt: skip
    assert played(environment, failing) == 1
    said = capsys.readouterr().out
    assert "my.test.yaml:2: a directive is told at once" in said
    assert "  {at: 0s, receiver: desk, kind: opened, status: unconfirmed, rules: [policy-shock]}" in said
    assert "- {at: 5m, receiver: desk, kind: updated, status: corroborated, revision: 2}" in said
    assert "policy-shock: urgency high is needed, it was medium" in said
    assert "3 of 4 tests passed" in said


def test_what_is_sent_and_not_expected_fails_too(environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    assert played(environment, TESTS.replace("age: 3d", "age: 3m")) == 1
    said = capsys.readouterr().out
    assert "my.test.yaml:23: an old post is not told" in said
    assert "+ {at: 0s, receiver: desk, kind: opened, status: unconfirmed, urgency: critical, reason: opened" in said


def test_a_text_is_judged_by_the_classifier_of_the_stack_and_finds_its_story(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = f"""\
tests:
  - name: an order is told, a launch and cake are not
    posts:
      - {{at: 0s, text: "plum cake again"}}
      - {{at: 1m, text: "Nvidia unveils its next GPU for data centres"}}
      - {{at: 2m, text: "{ORDER}", tier: official, lang: en}}
      - {{at: 3m, text: "{ORDER}", tier: press, lang: en}}
    expect:
      - {{at: 2m, receiver: desk, kind: opened, status: official, urgency: critical}}
"""
    assert played(environment, texts) == 0, capsys.readouterr().out


def test_rules_of_another_file_can_be_tested(environment: Environment) -> None:
    (environment.config_dir / "other.yaml").write_text(RULES.replace("high", "low"))
    quiet = """\
rules: other.yaml
tests:
  - name: low is enough
    posts: [{at: 0s, shock: true, urgency: low}]
    expect: [{at: 0s, receiver: desk}]
"""
    assert played(environment, quiet) == 0
    assert played(environment, quiet.replace("rules: other.yaml\n", "")) == 1


@pytest.mark.parametrize(
    ("written", "instead", "line", "said"),
    [
        ("at: 0s, shock: true, urgency: critical, source: gazette", "at: soon, shock: true", 4, "a number and a unit"),
        ("urgency: critical, source: gazette}", "urgnecy: critical}", 4, "known are at, id, text"),
        ("{at: 0s, shock: true, urgency: critical, source: gazette}", "{at: 0s}", 4, "needs a text to be judged"),
        ("{at: 5m, shock: true, urgency: critical, source: wire}", "{at: 0s, shock: true}", 2, "in the order"),
        ("kind: opened, status: unconfirmed", "kind: told", 8, "Input should be"),
        ("tests:\n", "tsets:\n", 1, "known are rules, tests"),
        ("    expect: []\n", "", 23, "expect: Field required"),
        ("tests:", "tests: [", 2, "no YAML"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(
    environment: Environment, written: str, instead: str, line: int, said: str
) -> None:
    assert written in TESTS
    with pytest.raises(ConfigurationError) as refused:
        played(environment, TESTS.replace(written, instead, 1))
    found = str(refused.value).splitlines()
    assert any(f"my.test.yaml:{line}:" in each and said in each for each in found), found


def test_check_says_what_notify_would_say(environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.check(environment, None) == 1
    said = capsys.readouterr().out
    assert "rules.yaml:2: receivers[0].url_env: the environment variable DESK_URL is not set" in said
    good = environment.config_dir / "good.yaml"
    good.write_text("rules:\n  - {name: policy-shock, when: {shock: true}}\n")
    assert command.check(environment, good) == 0
    assert "good.yaml: 1 rules, 0 receivers: valid" in capsys.readouterr().out
