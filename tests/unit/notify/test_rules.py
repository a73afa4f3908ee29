from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from unit.notify.building import NOW, a_post, a_rule

from foreshock_notify.domain.explain import because
from foreshock_notify.domain.rules import Facts, Match, Miss, NoMatch, match
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import Tier


@pytest.mark.parametrize(
    ("when", "changed", "missed"),
    [
        ({"shock": True}, {"shock": False}, Miss.NOT_A_SHOCK),
        ({"shock": False}, {"shock": True}, Miss.IS_A_SHOCK),
        ({"topics": ["policy", "legal"]}, {"topics": [Topic.FUNDING]}, Miss.OTHER_TOPIC),
        ({"urgency_at_least": "high"}, {"urgency": Urgency.MEDIUM}, Miss.NOT_URGENT_ENOUGH),
        ({"entities": ["another-model"]}, {}, Miss.OTHER_ENTITY),
        ({"jurisdiction": ["us"]}, {"jurisdiction": "eu"}, Miss.OTHER_JURISDICTION),
        ({"tier": ["official"]}, {"tier": Tier.PRESS}, Miss.OTHER_TIER),
        ({"lang": ["en", "zh"]}, {"lang": "de"}, Miss.OTHER_LANGUAGE),
        ({"shock": True, "max_age": "1h"}, {"created_at": NOW - timedelta(minutes=61)}, Miss.TOO_OLD),
        ({"min_origins": 2}, {}, Miss.TOO_FEW_ORIGINS),
    ],
)
def test_a_rule_names_what_a_post_lacked(when: dict[str, Any], changed: dict[str, Any], missed: Miss) -> None:
    assert match(a_rule(**when), Facts.of(a_post(**changed), origins=1), NOW) == NoMatch(missed)


@pytest.mark.parametrize(
    ("when", "changed"),
    [
        ({"shock": True}, {}),
        ({"shock": False}, {"shock": False}),
        ({"topics": "policy"}, {"topics": [Topic.COMPUTE, Topic.POLICY]}),
        ({"urgency_at_least": "high"}, {"urgency": Urgency.HIGH}),
        ({"entities": ["NOVA 5"]}, {}),
        ({"entities": ["nova-5"]}, {}),
        ({"jurisdiction": ["EU"]}, {"jurisdiction": "eu"}),
        ({"tier": ["official", "provider"]}, {"tier": Tier.PROVIDER}),
        ({"lang": ["zh"]}, {"lang": "zh-Hans"}),
        ({"shock": True, "max_age": "1h"}, {"created_at": NOW - timedelta(minutes=59)}),
        ({"min_origins": 1}, {}),
    ],
)
def test_a_rule_matches_when_all_that_it_asks_for_holds(when: dict[str, Any], changed: dict[str, Any]) -> None:
    assert match(a_rule(**when), Facts.of(a_post(**changed), origins=1), NOW) == Match()


def test_every_matcher_must_hold() -> None:
    rule = a_rule(shock=True, topics=["funding"])
    assert match(rule, Facts.of(a_post(), 1), NOW) == NoMatch(Miss.OTHER_TOPIC)


def test_a_post_without_a_date_counts_as_new() -> None:
    assert match(a_rule(shock=True, max_age="1s"), Facts.of(a_post(created_at=None), 1), NOW) == Match()


def test_a_match_is_explained_matcher_by_matcher() -> None:
    rule = a_rule(shock=True, topics=["policy", "legal"], urgency_at_least="high", entities=["nova-5"], min_origins=2)
    assert because(rule, Facts.of(a_post(), origins=3)) == [
        "is a shock",
        "topic policy",
        "urgency critical is at least high",
        "names nova-5",
        "3 independent origins, 2 asked for",
    ]


@pytest.mark.parametrize("age", ["", "24", "h", "-1h", "1 week", "1.5h", 24])
def test_an_age_without_number_and_unit_is_refused(age: object) -> None:
    with pytest.raises(ValidationError, match="a number and a unit"):
        a_rule(shock=True, max_age=age)


@pytest.mark.parametrize(
    ("when", "changed", "missed"),
    [
        ({"topics": {"all": ["policy", "legal"]}}, {}, Miss.OTHER_TOPIC),
        (
            {"topics": {"any": ["policy"], "none": ["opinion"]}},
            {"topics": [Topic.POLICY, Topic.OPINION]},
            Miss.OTHER_TOPIC,
        ),
        ({"entities": {"all": ["nova-5", "Helios"]}}, {}, Miss.OTHER_ENTITY),
        ({"entities": {"none": ["NOVA 5"]}}, {}, Miss.OTHER_ENTITY),
        ({"action": ["ban", "tariff"]}, {}, Miss.OTHER_ACTION),
        ({"source": "gazette"}, {}, Miss.OTHER_SOURCE),
        ({"novelty": "first_post"}, {"first_seen": NOW - timedelta(minutes=1)}, Miss.NOT_NOVEL),
        ({"novelty": "2h"}, {"first_seen": NOW - timedelta(minutes=121)}, Miss.NOT_NOVEL),
    ],
)
def test_a_rule_names_what_a_post_lacked_of_the_rest(
    when: dict[str, Any], changed: dict[str, Any], missed: Miss
) -> None:
    assert match(a_rule(**when), Facts.of(a_post(**changed), 1), NOW) == NoMatch(missed)


@pytest.mark.parametrize(
    ("when", "changed"),
    [
        ({"topics": {"all": ["policy", "legal"]}}, {"topics": [Topic.LEGAL, Topic.POLICY, Topic.MARKET]}),
        ({"topics": {"none": ["opinion"]}}, {}),
        ({"entities": {"all": ["Nova 5", "helios"], "none": ["x"]}}, {"entities": ["Helios", "Nova 5"]}),
        ({"action": "suspend"}, {}),
        ({"source": ["Gazette"]}, {"source": "gazette"}),
        ({"novelty": "first_post"}, {}),
        ({"novelty": "2h"}, {"first_seen": NOW - timedelta(minutes=119)}),
    ],
)
def test_a_rule_matches_on_the_rest(when: dict[str, Any], changed: dict[str, Any]) -> None:
    assert match(a_rule(**when), Facts.of(a_post(**changed), 1), NOW) == Match()


def test_what_was_asked_for_and_what_was_not_there_are_both_explained() -> None:
    rule = a_rule(
        topics={"any": ["policy"], "none": ["opinion"]}, entities={"all": ["nova-5"], "none": ["x"]}, novelty="2h"
    )
    assert because(rule, Facts.of(a_post(), 1)) == [
        "topic policy; no topic opinion",
        "names nova-5; does not name x",
        "its story is 0s old, 2h at most",
    ]
