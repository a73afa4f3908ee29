"""What an analyst would sign: shocks in every language, and what only sounds like one."""

import pytest

from foreshock_classify import data
from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.domain.cue_features import ROLES, THEMES
from foreshock_classify.domain.cues import LANGUAGES, kinds
from foreshock_classify.domain.decide import TOPIC_LIMIT
from foreshock_shared.contracts.judgement import Classification, Topic, Urgency
from foreshock_shared.contracts.post import SourceKind, Tier

SHOCKS = {
    "a cut-off ordered": "Ottawa orders cloud providers to cut off Nvidia H200 access for "
    "Chinese customers from midnight",
    "licences suspended": "The Commerce Department has suspended all export licences for AI accelerators to Malaysia, "
    "effective immediately.",
    "a provider under order": "We have disabled Claude for users in Brazil following an order from the national data "
    "protection authority.",
    "a relaxation": "Commerce lifts ban on H20 sales to China, shipments may resume today",
    "visas": "State Department stops issuing visas to foreign AI researchers with immediate effect",
    "a local moratorium": "County board bans new data centers for 18 months",
    "Japanese": "経済産業省、先端AI半導体の対中輸出を即日停止 全事業者に許可制を適用",
    "Japanese, a use in offices": "政府、海外製生成AIモデルの利用を全省庁で即時禁止",
    "Chinese": "美国商务部宣布即日起禁止向中国出口H20芯片，已发放的许可证全部撤销",
    "Chinese, models": "国家网信办下令立即下架三款境外大模型应用，即日起停止服务",
    "German": "Bundesregierung verbietet Export von KI-Chips nach Russland mit sofortiger Wirkung",
    "French": "Pékin interdit l'exportation de gallium et de terres rares vers les États-Unis à compter d'aujourd'hui",
    "Spanish": "El Gobierno de México prohíbe con efecto inmediato la importación de chips de IA de China",
}

NO_SHOCKS = {
    "considered": "Ottawa considers cutting off Nvidia H200 access for Chinese customers, officials say",
    "leaked": "Leaked draft would let Commerce suspend chip export licences, two people familiar said",
    "remembered": "Ten years ago this week: how Washington's first chip export ban changed the industry",
    "in court": "Judge asks whether the export ban on AI chips was lawful as trial opens",
    "a game": "Game studio bans 40,000 players for using AI aimbots",
    "another law": "Norway bans fishing boats from the fjord from Monday",
    "a company's policy": "Our bank has banned staff from pasting client data into ChatGPT",
    "urged": "Senators urge White House to ban Chinese AI models",
    "an opinion": "Why a ban on open models would be a mistake",
    "denied": "Ministry denies it plans to block foreign chatbots",
    "a bill in debate": "Parliament debates bill that would require labels on AI images",
    "a forecast": "Analysts say export curbs on chips could hurt Nvidia next year",
    "Japanese, considered": "経済産業省、先端AI半導体の輸出規制強化を検討",
    "Chinese, called for": "专家呼吁限制境外大模型，尚无时间表",
    "German, considered": "Minister erwägt Verbot chinesischer KI-Modelle",
    "French, considered": "Le gouvernement envisage d'interdire les chatbots étrangers aux mineurs",
    "Spanish, considered": "El Gobierno estudia prohibir la importación de chips de IA",
    "Korean, considered": "정부, 외국 AI 모델 규제 방안 검토",
    "sport": "UEFA suspends striker for three matches",
}


def judge(classifier: Classifier, text: str, kind: SourceKind = SourceKind.NEWS) -> Classification:
    return classifier.judge(text, kind, Tier.PRESS)


@pytest.mark.parametrize("text", SHOCKS.values(), ids=SHOCKS)
def test_a_government_that_changes_access_now_is_a_shock(classifier: Classifier, text: str) -> None:
    judged = judge(classifier, text)
    assert judged.shock
    assert Topic.POLICY in {topic.name for topic in judged.topics}
    assert judged.urgency.rank >= Urgency.HIGH.rank


@pytest.mark.parametrize("text", NO_SHOCKS.values(), ids=NO_SHOCKS)
def test_what_only_sounds_like_a_shock_is_none(classifier: Classifier, text: str) -> None:
    assert not judge(classifier, text).shock


def test_an_immediate_cut_off_of_models_is_critical(classifier: Classifier) -> None:
    assert judge(classifier, SHOCKS["a cut-off ordered"]).urgency is Urgency.CRITICAL


def test_a_rumour_scores_far_below_the_deed(classifier: Classifier) -> None:
    deed, rumour = (
        judge(classifier, text).shock_score for text in (SHOCKS["a cut-off ordered"], NO_SHOCKS["considered"])
    )
    assert deed > 5 * rumour


def test_a_funding_round_is_funding(classifier: Classifier) -> None:
    judged = judge(
        classifier, "Paris model maker raises 400 million euros in new funding round led by pension investors"
    )
    assert judged.topics[0].name is Topic.FUNDING


def test_small_talk_is_none_and_low(classifier: Classifier) -> None:
    judged = judge(classifier, "what a lovely morning, the cat brought me a sock", SourceKind.SOCIAL)
    assert [topic.name for topic in judged.topics] == [Topic.NONE]
    assert (judged.urgency, judged.shock, judged.relevant) == (Urgency.LOW, False, False)


def test_a_post_has_at_most_four_topics_and_none_only_alone(classifier: Classifier) -> None:
    everything = (
        "Ministry fines AI chip startup after data breach; its model launch, funding round, patent lawsuit, hiring and "
        "share price all suffer, writes our columnist in a paper on benchmarks"
    )
    topics = [topic.name for topic in judge(classifier, everything).topics]
    assert 1 <= len(topics) <= TOPIC_LIMIT
    assert Topic.NONE not in topics


def test_the_same_text_is_judged_the_same_by_another_replica(classifier: Classifier) -> None:
    other = Classifier(classifier.model)
    for text in (*SHOCKS.values(), *NO_SHOCKS.values()):
        assert judge(classifier, text) == judge(other, text)


def test_the_judgement_is_a_valid_contract(classifier: Classifier) -> None:
    for text in (*SHOCKS.values(), *NO_SHOCKS.values()):
        judged = judge(classifier, text)
        assert Classification.model_validate_json(judged.model_dump_json()) == judged


def test_no_kind_of_cue_is_numbered_twice() -> None:
    assert len(kinds()) == len(set(kinds()))


def test_every_language_has_every_kind_of_cue() -> None:
    for lang in LANGUAGES:
        assert data.acts(lang).keys() == data.acts("en").keys(), lang
        assert data.fields(lang).keys() == data.fields("en").keys(), lang


def test_every_kind_that_is_named_anywhere_exists() -> None:
    gate = data.read("gate")
    named = {
        kind for kinds_of in (*THEMES.values(), *(m for role in ROLES for m in role.values())) for kind in kinds_of
    }
    assert named | set(gate["alone"]) | set(gate["together"]) <= set(kinds())
