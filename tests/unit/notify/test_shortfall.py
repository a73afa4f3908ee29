"""What would have been enough for a rule to want a post."""

from datetime import timedelta
from typing import Any

import pytest
from unit.notify.building import NOW, a_post, a_rule, later

from foreshock_notify.domain.rules import Facts, When
from foreshock_notify.domain.shortfall import SAID, shortfalls
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import Tier

MEDIUM = a_post(shock=False, urgency=Urgency.MEDIUM, topics=[Topic.MARKET])


def test_every_matcher_of_a_rule_has_its_words() -> None:
    assert SAID.keys() == When.model_fields.keys()


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"shock": True}, "a shock is needed, it is none"),
        ({"topics": ["policy", "compute"]}, "topic compute or policy is needed, it has market"),
        ({"urgency_at_least": "high"}, "urgency high is needed, it was medium"),
        ({"entities": ["tsmc"]}, "it must name tsmc, it names nova 5, nova-5"),
        ({"jurisdiction": "eu"}, "jurisdiction eu is needed, it was us"),
        ({"tier": ["official"]}, "a source of tier official is needed, it was social"),
        (
            {"topics": {"all": ["policy", "market"], "none": ["market"]}},
            "topic market and policy, not market is needed, it has market",
        ),
        ({"action": "ban"}, "action ban is needed, it was suspend"),
        ({"source": "wire"}, "source wire is needed, it was source of post"),
        ({"lang": "ja"}, "language ja is needed, it was en"),
        ({"min_origins": 2}, "2 independent origins are needed, 1 heard"),
    ],
)
def test_what_a_matcher_wanted_is_told_with_what_there_was(when: dict[str, Any], said: str) -> None:
    assert shortfalls(a_rule(**when), Facts.of(MEDIUM, 1), NOW) == [said]


def test_a_shock_may_be_one_too_many() -> None:
    assert shortfalls(a_rule(shock=False), Facts.of(a_post(), 1), NOW) == ["no shock may be, it is one"]


def test_all_that_was_missing_is_told_and_nothing_that_held() -> None:
    rule = a_rule(shock=True, urgency_at_least="high", jurisdiction="us", min_origins=3)
    assert shortfalls(rule, Facts.of(MEDIUM, 1), NOW) == [
        "a shock is needed, it is none",
        "urgency high is needed, it was medium",
        "3 independent origins are needed, 1 heard",
    ]


def test_nothing_was_missing_where_it_matched() -> None:
    assert shortfalls(a_rule(), Facts.of(a_post(), 1), NOW) == []


def test_an_old_post_is_told_how_old_it_may_be() -> None:
    old = a_post(created_at=NOW, tier=Tier.PRESS)
    rule = a_rule(shock=True, max_age=timedelta(hours=24))
    assert shortfalls(rule, Facts.of(old, 1), later(hours=26)) == ["24 h is the greatest age, it was 26 h old"]
