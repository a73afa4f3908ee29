from pathlib import Path

import pytest
from unit.notify.building import OTHER_SECRET, SECRET

from foreshock_notify.adapters.rules_file import load
from foreshock_notify.domain.rules import RuleSet
from foreshock_shared.runtime.errors import ConfigurationError

SHIPPED = Path(__file__).parents[3] / "config" / "rules.yaml"
ENVIRONMENT = {"DESK_SECRET": SECRET, "DESK_URL": "https://desk.example.org/hook"}
GOOD = """\
receivers:
  - name: desk
    url_env: DESK_URL
    secret_env: DESK_SECRET
rules:
  - name: policy-shock
    when: {shock: true, topics: [policy, compute], urgency_at_least: high}
    send_to: [desk]
    max_age: 90m
"""


def _load(folder: Path, text: str, environment: dict[str, str] | None = None) -> RuleSet:
    path = folder / "rules.yaml"
    path.write_text(text)
    return load(path, ENVIRONMENT if environment is None else environment)


def _fault(folder: Path, text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        _load(folder, text, environment)
    return str(refused.value)


def test_a_good_file_is_taken_with_its_variables(tmp_path: Path) -> None:
    rules = _load(tmp_path, GOOD)
    desk = rules.receivers["desk"]
    assert desk.url.get_secret_value() == "https://desk.example.org/hook"
    assert [secret.get_secret_value() for secret in desk.secrets] == [SECRET]
    assert not desk.allow_private_addresses
    assert rules.rules[0].max_age.total_seconds() == 5400


def test_the_file_that_we_ship_works_out_of_the_box() -> None:
    rules = load(SHIPPED, {})
    assert rules.rules
    assert rules.receivers == {}


def test_an_empty_file_is_no_rules(tmp_path: Path) -> None:
    assert _load(tmp_path, "# nothing yet\n") == RuleSet()


def test_several_secrets_are_taken_during_a_rotation(tmp_path: Path) -> None:
    rules = _load(tmp_path, GOOD, ENVIRONMENT | {"DESK_SECRET": f"{SECRET} {OTHER_SECRET}"})
    assert len(rules.receivers["desk"].secrets) == 2


def test_secrets_are_not_shown_when_a_rule_set_is_printed(tmp_path: Path) -> None:
    shown = repr(_load(tmp_path, GOOD))
    assert SECRET not in shown
    assert "desk.example.org" not in shown


@pytest.mark.parametrize(
    ("written", "instead", "line", "said"),
    [
        ("urgency_at_least", "urgency_atleast", 7, "did you mean urgency_at_least?"),
        ("[policy, compute]", "[policy, computer]", 7, "did you mean compute?"),
        ("high", "hihg", 7, "did you mean high?"),
        ("send_to: [desk]", "send_to: [dsek]", 8, "there is no receiver dsek; did you mean desk?"),
        ("send_to: [desk]", "sendto: [desk]", 8, "did you mean send_to?"),
        ("max_age: 90m", "max_age: soon", 9, "a number and a unit"),
        ("url_env: DESK_URL", "url_env: DESK_UR", 3, "DESK_UR is not set"),
        ("url_env: DESK_URL", "url: ftp://desk", 3, "must be an http:// or https:// URL"),
        ("url_env: DESK_URL", "format: webhook", 2, "give either url or url_env"),
        ("secret_env: DESK_SECRET", "secret_env: DESK_SECRT", 4, "DESK_SECRT is not set"),
        ("    secret_env: DESK_SECRET\n", "", 2, "webhooks are signed"),
        ("url_env: DESK_URL", "url_env: DESK_URL\n    url_env: DESK_URL", 4, "for the second time"),
        ("rules:", "rule:", 5, "did you mean rules?"),
        ("{shock: true, topics: [policy, compute], urgency_at_least: high}", "{}", 7, "at least one matcher"),
        ("{shock: true, ", "{lang: no, shock: true, ", 7, "put it in quotes"),
        ("shock: true", "shock: maybe", 7, "valid boolean"),
        ("name: policy-shock", "name: policy shock!", 6, "pattern"),
        ("[desk]", "[desk", 9, "no YAML"),
    ],
)
def test_a_fault_is_told_with_its_line_and_the_right_word(
    tmp_path: Path, written: str, instead: str, line: int, said: str
) -> None:
    assert written in GOOD
    fault = _fault(tmp_path, GOOD.replace(written, instead, 1))
    assert f"{tmp_path}/rules.yaml:{line}:" in fault
    assert said in fault


POLICIES = """\
rules:
  - name: paced
    when:
      topics: {any: [policy], none: [opinion]}
      entities: [nova-5]
      action: suspend
      burst: {of: compute, factor: 5, within: 1h, over: 7d, at_least: 10}
    throttle: {most: 3, per: 1h}
    quiet: {from: "22:00", to: "07:00", days: [mon, tue], time_zone: Europe/Berlin}
    digest: {at: ["08:00"], time_zone: Europe/Berlin}
    for: 5m
    escalate:
      - {after: 15m, to: [desk]}
"""


@pytest.mark.parametrize(
    ("written", "instead", "line", "said"),
    [
        ("none: [opinion]", "nonee: [opinion]", 12, "did you mean none?"),
        ("none: [opinion]", "none: [opinon]", 12, "did you mean opinion?"),
        ("{any: [policy], none: [opinion]}", "{}", 12, "says nothing"),
        ("action: suspend", "action: suspnd", 14, "did you mean suspend?"),
        ("factor: 5", "factr: 5", 15, "did you mean factor?"),
        ("within: 1h", "within: 2d", 15, "must lie between 10m and 1d"),
        ("over: 7d", "over: 90d", 15, "must lie between 1d and 14d"),
        ("at_least: 10}", "at_least: 10}\n      min_origins: 2", 11, "a burst counts posts by itself"),
        ("most: 3", "mots: 3", 16, "did you mean most?"),
        ("per: 1h", "per: often", 16, "a number and a unit"),
        ("days: [mon, tue]", "days: [mon, tues]", 17, "did you mean tue?"),
        ('from: "22:00"', "from: 22:00", 17, "a time of day in quotes"),
        ("Europe/Berlin}\n    digest", "Europe/Berlim}\n    digest", 17, "there is no time zone"),
        ('from: "22:00", ', "", 17, "from: is missing"),
        ('from: "22:00"', 'begin: "22:00"', 17, "known are from, to, days, time_zone"),
        ('at: ["08:00"]', 'at: ["8 o"]', 18, "a time of day"),
        ('at: ["08:00"], ', "", 18, "give either at"),
        ("for: 5m", "for: 5x", 19, "a number and a unit"),
        ("for: 5m", "four: 5m", 19, "did you mean for?"),
        ("after: 15m", "aftr: 15m", 21, "did you mean after?"),
        ("to: [desk]", "to: [dask]", 21, "there is no receiver dask; did you mean desk?"),
        ("throttle:", "throtle:", 16, "did you mean throttle?"),
    ],
)
def test_a_fault_of_a_policy_is_told_with_its_line_and_the_right_word(
    tmp_path: Path, written: str, instead: str, line: int, said: str
) -> None:
    good = GOOD.partition("rules:")[0] + "# a comment\n" * 4 + POLICIES
    assert _load(tmp_path, good).rules[0].quiet is not None
    assert written in good
    fault = _fault(tmp_path, good.replace(written, instead, 1))
    assert f"{tmp_path}/rules.yaml:{line}:" in fault
    assert said in fault


def test_a_member_of_a_list_on_lines_of_its_own_is_told_with_its_line(tmp_path: Path) -> None:
    good = GOOD.replace("topics: [policy, compute]", "topics: [policy,\n      computer]")
    assert "rules.yaml:8: rules[0].when.topics[1]: 'computer' is none of" in _fault(tmp_path, good)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    fault = _fault(tmp_path, GOOD.replace("high", "hihg").replace("policy,", "polcy,"))
    assert "did you mean high?" in fault
    assert "did you mean policy?" in fault


def test_a_name_stands_for_one_rule(tmp_path: Path) -> None:
    twice = GOOD + "  - name: policy-shock\n    when: {shock: true}\n"
    assert "rules.yaml:10: rules[1].name: policy-shock is taken" in _fault(tmp_path, twice)


@pytest.mark.parametrize("secret", ["whsec_short", "whsec_%%%", "whsec_" + "QUJD" * 40, "QUJDREVGRw=="])
def test_a_secret_that_is_none_is_refused_without_being_shown(tmp_path: Path, secret: str) -> None:
    fault = _fault(tmp_path, GOOD, ENVIRONMENT | {"DESK_SECRET": secret})
    assert "DESK_SECRET holds no secret of 24 to 64 bytes" in fault
    assert secret not in fault


@pytest.mark.parametrize(
    "text", ["- a\n- b\n", "just words\n", "rules: 5\n", "rules: [1]\n", "&a [*a]\n", "!!python/x y"]
)
def test_what_is_no_rules_file_is_refused(tmp_path: Path, text: str) -> None:
    assert "rules.yaml:1:" in _fault(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.yaml cannot be read"):
        load(tmp_path / "nothing.yaml", {})
