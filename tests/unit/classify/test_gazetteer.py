"""Names and who bears them."""

import pytest

from foreshock_classify.domain.gazetteer import Gazetteer, entities
from foreshock_classify.domain.normalise import normalise
from foreshock_shared.contracts.judgement import EntityKind


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer()


def names(gazetteer: Gazetteer, text: str) -> set[tuple[str, EntityKind]]:
    return {(entity.id, entity.kind) for entity in entities(gazetteer.mentions(normalise(text)))}


def test_one_entity_has_its_id_in_every_language(gazetteer: Gazetteer) -> None:
    for text in ("Nvidia ships", "エヌビディアが出荷", "英伟达发货", "엔비디아 출하"):
        assert ("nvidia", EntityKind.VENDOR) in names(gazetteer, text)


def test_a_version_belongs_to_the_models_name(gazetteer: Gazetteer) -> None:
    assert ("gpt-6", EntityKind.MODEL) in names(gazetteer, "OpenAI previews GPT-6 to partners")
    assert ("qwen-4.5", EntityKind.MODEL) in names(gazetteer, "Qwen 4.5 is out")


def test_an_unknown_product_beside_a_vendor_is_a_candidate(gazetteer: Gazetteer) -> None:
    assert ("halcyon-5", EntityKind.MODEL) in names(gazetteer, "Anthropic must withdraw Halcyon 5 by noon")


def test_a_date_a_section_or_a_quarter_is_no_product(gazetteer: Gazetteer) -> None:
    found = names(gazetteer, "OpenAI told staff on June 12 that Section 5 and Phase 2 take effect. May 30 too.")
    assert not any(kind is EntityKind.MODEL for _, kind in found)


def test_a_common_word_is_a_name_only_as_it_is_written(gazetteer: Gazetteer) -> None:
    assert ("meta", EntityKind.VENDOR) in names(gazetteer, "Meta trims staff")
    assert ("meta", EntityKind.VENDOR) not in names(gazetteer, "that joke is so meta")
    assert ("bis", EntityKind.AGENCY) not in names(gazetteer, "offen von acht bis zwölf")
    assert ("us", EntityKind.JURISDICTION) not in names(gazetteer, "join us for lunch")


def test_the_longest_name_wins(gazetteer: Gazetteer) -> None:
    assert names(gazetteer, "the Trump administration replied") == {("white-house", EntityKind.AGENCY)}


def test_a_watchlist_adds_names() -> None:
    watching = Gazetteer({EntityKind.VENDOR: {"northwind": ["Northwind Labs", "ノースウインド"]}})
    assert ("northwind", EntityKind.VENDOR) in names(watching, "ノースウインドが発表")
    assert entities(watching.mentions(normalise("northwind labs")))[0].name == "Northwind Labs"


def test_no_id_stands_for_two_things(gazetteer: Gazetteer) -> None:
    kinds: dict[str, set[EntityKind]] = {}
    for entity in gazetteer.known():
        kinds.setdefault(entity.id, set()).add(entity.kind)
    assert not {ident for ident, several in kinds.items() if len(several) > 1}
