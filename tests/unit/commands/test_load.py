"""Synthetic load: countable, repeatable, in the shares asked for."""

from foreshock_shared.contracts.post import PostIn
from foreshock_stack.load import Load, Mix, directive, posts


def test_every_post_has_an_identity_of_its_own_also_between_runs() -> None:
    ids = {PostIn.model_validate(row).identity() for run in "ab" for row in posts(Load(2_000, run=run))}
    assert len(ids) == 4_000


def test_the_same_load_is_the_same_posts() -> None:
    assert list(posts(Load(300, directive_every=50))) == list(posts(Load(300, directive_every=50)))


def test_a_firehose_is_one_in_twenty_relevant() -> None:
    rows = list(posts(Load(10_000)))
    share = sum(row["tier"] == "press" for row in rows) / len(rows)
    assert 0.04 < share < 0.06


def test_a_relevant_load_has_no_noise() -> None:
    assert {row["source"] for row in posts(Load(500, Mix.RELEVANT))} == {"load-press"}


def test_directives_come_as_often_as_asked_and_no_two_are_alike() -> None:
    orders = [row for row in posts(Load(1_000, directive_every=10)) if row["tier"] == "official"]
    assert len(orders) == 100
    assert len({row["text"] for row in orders}) == 100


def test_a_directive_is_the_same_for_the_same_name() -> None:
    assert directive("a") == directive("a")
    assert directive("a") != directive("b")
