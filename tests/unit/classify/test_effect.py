"""What a policy does, in fields that a program can act on."""

from datetime import UTC, datetime

import pytest

from foreshock_classify.domain.classifier import Classifier
from foreshock_shared.contracts.judgement import Action, Effect, EffectStatus
from foreshock_shared.contracts.post import SourceKind, Tier


def effect_of(classifier: Classifier, text: str) -> Effect:
    judged = classifier.judge(text, SourceKind.NEWS, Tier.PRESS)
    assert judged.effect is not None, judged
    return judged.effect


def test_a_directive_names_who_acts_on_what_for_whom(classifier: Classifier) -> None:
    effect = effect_of(
        classifier,
        "The Commerce Department has ordered Anthropic to suspend all access to Halcyon 5 by foreign nationals, "
        "effective immediately. The company is disabling the model tonight.",
    )
    assert effect.action is Action.SUSPEND
    assert (effect.actor, effect.jurisdiction) == ("us-commerce", "us")
    assert effect.targets[0] == "halcyon-5"
    assert effect.audience == "foreign nationals"
    assert effect.status is EffectStatus.IN_FORCE


def test_a_lift_is_lifted(classifier: Classifier) -> None:
    effect = effect_of(classifier, "US Commerce lifts ban on H20 sales to China and clears shipments today")
    assert (effect.action, effect.status) == (Action.LIFT, EffectStatus.LIFTED)
    assert effect.targets == ["h20", "cn"]


def test_a_date_with_its_year_is_when_it_takes_effect(classifier: Classifier) -> None:
    effect = effect_of(
        classifier, "Beijing bans exports of gallium and AI chips to the United States, in force from 3 March 2027"
    )
    assert effect.effective_at == datetime(2027, 3, 3, tzinfo=UTC)


def test_a_day_that_no_calendar_has_is_no_date(classifier: Classifier) -> None:
    effect = effect_of(
        classifier, "Beijing bans exports of gallium and AI chips to the United States from 31 June 2027"
    )
    assert effect.effective_at is None


@pytest.mark.parametrize(
    ("text", "action", "jurisdiction"),
    [
        ("美国商务部宣布即日起禁止向中国出口H20芯片", Action.BAN, "us"),
        ("経済産業省、先端AI半導体の対中輸出を即日停止", Action.SUSPEND, "jp"),
    ],
)
def test_an_effect_is_read_in_other_languages(
    classifier: Classifier, text: str, action: Action, jurisdiction: str
) -> None:
    effect = effect_of(classifier, text)
    assert (effect.action, effect.jurisdiction) == (action, jurisdiction)


def test_noise_and_other_news_have_no_effect(classifier: Classifier) -> None:
    assert classifier.judge("Mistral raises 400 million euros in new funding round").effect is None
