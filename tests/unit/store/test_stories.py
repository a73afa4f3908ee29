"""Which posts are one event. All names are invented; what matters is what they share."""

import random
from datetime import timedelta
from uuid import UUID

from support.judged import DIRECTIVE, DIRECTIVE_TEXT, NOON, a_judged_post, effect, judged

from foreshock_shared.contracts.events import PostClassified
from foreshock_shared.contracts.judgement import Action, EffectStatus, Topic
from foreshock_shared.contracts.post import headline
from foreshock_store.domain.copies import Origin
from foreshock_store.domain.stories import Assignment, StoryEngine
from foreshock_store.domain.story import STATE, Changes, PostFacts
from foreshock_store.domain.terms import terms

COMMENT = (
    "A monster of a signal. The key phrase is foreign national: frontier models are now treated like arms. Something "
    "about Aurora 5 and Borealis 5 crossed a line, and Northwind does not control its own products any more."
)
COMMENT_JUDGEMENT = judged(
    Topic.POLICY, Topic.OPINION, entities=("m:Aurora 5", "m:Borealis 5", "v:Northwind", "j:Freedonia")
)


def assign(engine: StoryEngine, post: PostClassified) -> Assignment | None:
    facts = PostFacts(post.post.id, post.post.text, post.post.accepted_at)
    return engine.assign(facts, post.classification, post.post.accepted_at)


def stories_of(*posts: PostClassified) -> list[object]:
    engine = StoryEngine()
    found = [assign(engine, post) for post in posts]
    return [each and each.story.id for each in found]


def test_a_post_that_is_not_about_our_field_has_no_story() -> None:
    assert stories_of(a_judged_post()) == [None]


def test_a_comment_that_precedes_the_directive_shares_its_story() -> None:
    comment, directive = stories_of(a_judged_post(COMMENT, COMMENT_JUDGEMENT), a_judged_post(DIRECTIVE_TEXT, DIRECTIVE))

    assert comment == directive is not None


def test_a_story_is_headed_by_its_first_shock_and_knows_its_first_urgent_post_whatever_opened_it() -> None:
    engine = StoryEngine()
    remark = a_judged_post(COMMENT, COMMENT_JUDGEMENT)
    first = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)
    copy = a_judged_post(f"RT @x: {DIRECTIVE_TEXT}", DIRECTIVE)
    later = a_judged_post(f"Now as well: {DIRECTIVE_TEXT}", DIRECTIVE)

    found = [assigned.story for one in (remark, first, copy, later) if (assigned := assign(engine, one))]

    assert len({story.id for story in found}) == 1
    assert [story.first_urgent for story in found] == [None, *3 * [first.post.id]]
    assert [story.headline for story in found] == [headline(COMMENT), *3 * [headline(DIRECTIVE_TEXT)]]


def test_companies_of_one_form_are_not_one_company_and_the_first_two_orders_of_a_fresh_store_stay_apart() -> None:
    orders = (
        ("Oskagard", "prohibits Marulin Systems from giving foreign nationals access to its AI model", "Rasarrfen-83"),
        ("Drenundhem", "prohibits Lorador Systems from giving foreign nationals access to its AI model", "Nevundzor-9"),
    )
    first, second = stories_of(
        *(
            a_judged_post(
                f"The {agency} Bureau {does} {model}, effective immediately; accounts abroad are suspended.",
                judged(Topic.POLICY, shock=True, entities=(f"m:{model}",), does=effect(Action.BAN, model)),
            )
            for agency, does, model in orders
        )
    )

    assert first != second


def test_a_report_in_another_language_shares_the_story_by_what_it_names() -> None:
    japanese = a_judged_post("フリードニア政府、Aurora 5 と Borealis 5 の外国人による利用を全面停止。", DIRECTIVE)

    one, other = stories_of(a_judged_post(DIRECTIVE_TEXT, DIRECTIVE), japanese)

    assert one == other


def test_reports_that_name_nothing_known_are_joined_by_their_rare_words() -> None:
    one, other = stories_of(
        a_judged_post("Reactor outage darkens the Lindholm datacentre campus, clusters offline", judged(Topic.COMPUTE)),
        a_judged_post(
            "Lindholm campus: clusters are offline after the reactor outage, says operator", judged(Topic.COMPUTE)
        ),
    )

    assert one == other


def test_texts_in_a_script_without_spaces_are_joined_by_their_bigrams() -> None:
    one, other, foreign = stories_of(
        a_judged_post("霧島の計算施設で大規模停電、学習用クラスタが停止", judged(Topic.COMPUTE)),
        a_judged_post("霧島の計算施設が停電。学習用クラスタは復旧未定", judged(Topic.COMPUTE)),
        a_judged_post("新しい翻訳ツールが公開され、開発者に好評", judged(Topic.RELEASE)),
    )

    assert one == other != foreign


def test_two_directives_of_one_day_by_one_government_stay_apart() -> None:
    licence = judged(
        Topic.POLICY,
        entities=("j:Freedonia", "a:Trade Bureau", "c:Kestrel X"),
        does=effect(Action.LICENCE, "Kestrel X", place="Freedonia"),
        shock=True,
    )
    tools = judged(
        Topic.POLICY,
        entities=("j:Freedonia", "a:Trade Bureau", "v:Halcyon Tools"),
        does=effect(Action.LICENCE, "Halcyon Tools", place="Freedonia"),
        shock=True,
    )

    first, second = stories_of(
        a_judged_post(
            "The Trade Bureau of Freedonia now requires a licence to export Kestrel X accelerators.", licence
        ),
        a_judged_post("Freedonia's Trade Bureau requires a licence for design software by Halcyon Tools.", tools),
    )

    assert first != second


def test_a_launch_by_the_same_vendor_is_another_story() -> None:
    launch = judged(Topic.RELEASE, entities=("m:Cirrus 2", "v:Northwind"))

    directive, other = stories_of(
        a_judged_post(DIRECTIVE_TEXT, DIRECTIVE),
        a_judged_post("Northwind launches Cirrus 2, four times faster", launch),
    )

    assert directive != other


def test_unrelated_funding_and_release_posts_stay_out_of_the_directive() -> None:
    found = stories_of(
        a_judged_post(COMMENT, COMMENT_JUDGEMENT),
        a_judged_post(DIRECTIVE_TEXT, DIRECTIVE),
        a_judged_post("We raised a large Series B to build world models", judged(Topic.FUNDING, entities=("v:Tern",))),
        a_judged_post(
            "The new speech model answers in half the time, well done everybody",
            judged(Topic.RELEASE, entities=("m:Dune",)),
        ),
    )

    assert len(set(found)) == 3


def test_a_lift_is_a_story_of_its_own_that_ends_the_other() -> None:
    lifted = judged(
        Topic.POLICY,
        entities=("m:Aurora 5", "m:Borealis 5", "v:Northwind", "j:Freedonia"),
        does=effect(Action.LIFT, "Aurora 5", "Borealis 5", place="Freedonia", status=EffectStatus.LIFTED),
        shock=True,
    )
    engine = StoryEngine()
    directive = assign(engine, a_judged_post(DIRECTIVE_TEXT, DIRECTIVE))
    lift = assign(engine, a_judged_post("Freedonia lifts its directive: Aurora 5 and Borealis 5 are back.", lifted))
    again = assign(engine, a_judged_post("Aurora 5 and Borealis 5 restored, Northwind confirms the lift.", lifted))

    assert directive
    assert lift
    assert again
    assert lift.story.ends == again.story.ends == directive.story.id
    assert again.story.id == lift.story.id != directive.story.id


def test_a_copied_text_has_one_origin_and_an_independent_one_its_own() -> None:
    engine = StoryEngine()
    first = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE)
    copy = a_judged_post(f"RT @desk: {DIRECTIVE_TEXT} https://example.org/x", DIRECTIVE)
    report = a_judged_post("Northwind turns Aurora 5 and Borealis 5 off for everyone, citing an order.", DIRECTIVE)

    origins = [found.origin for post in (first, copy, report) if (found := assign(engine, post))]

    assert origins == [first.post.id, first.post.id, report.post.id]


def test_what_happened_longer_ago_than_the_window_is_another_story() -> None:
    late = a_judged_post(DIRECTIVE_TEXT, DIRECTIVE, at=NOON + timedelta(days=11))

    first, second = stories_of(a_judged_post(DIRECTIVE_TEXT, DIRECTIVE), late)

    assert first != second


def test_each_assignment_says_why() -> None:
    engine = StoryEngine()
    opening = assign(engine, a_judged_post(COMMENT, COMMENT_JUDGEMENT))
    joining = assign(engine, a_judged_post(DIRECTIVE_TEXT, DIRECTIVE))

    assert opening
    assert joining
    assert opening.story.why == ["opens this story"]
    assert any("both name Aurora 5" in reason for reason in joining.story.why)


def test_the_same_posts_in_the_same_order_give_the_same_stories_also_through_export_and_import() -> None:
    choose = random.Random(7)  # noqa: S311 - the same posts in every run
    posts = [_random_post(choose, number) for number in range(120)]
    alone = StoryEngine()
    whole = [assign(alone, post) for post in posts]

    handed_on: list[Assignment | None] = []
    engine = StoryEngine()
    book: dict[UUID, bytes] = {}
    texts: list[Origin] = []
    for at, post in enumerate(posts):
        handed_on.append(assign(engine, post))
        changes = engine.take_changes()
        texts.extend(changes.origins)
        for story in changes.stories:
            book.pop(story.id, None)
            book[story.id] = STATE.dump_json(story)
        if at % 10 == 9:
            engine = StoryEngine()
            engine.absorb(Changes([STATE.validate_json(state) for state in book.values()], texts))

    assert handed_on == whole


def test_texts_of_one_form_on_many_events_are_many_stories() -> None:
    places = [
        f"{a}{b}" for a in ("Ost", "Gal", "Bri", "Kel", "Tor", "Wes") for b in ("fen", "hir", "lum", "dor", "pel")
    ]
    found = stories_of(
        *(
            a_judged_post(
                f"{place} parliament debates a bill on AI transparency; {place[::-1].title()} Labs lobbies against it",
                judged(Topic.POLICY),
            )
            for place in places
        )
    )

    largest = max(found.count(each) for each in found)
    assert largest < len(places) / 2


def test_what_is_written_in_latin_letters_among_another_script_is_a_name() -> None:
    read = terms("FreedoniaのTrade Bureau、Quiwest Labs製AI半導体Lumfen-73の輸出を即日許可制に。")

    assert {"lumfen73", "quiwes"} <= read.names


def test_texts_that_begin_alike_stay_apart_though_a_cut_one_came_first() -> None:
    head = (
        "The Trade Bureau orders Northwind to cut off foreign nationals from Aurora 5 at midnight, all of them, today."
    )
    rests = (
        "Lawyers expect a challenge within days, and users in nine countries had no warning whatsoever about it.",
        "Shares fell by a tenth before trading stopped; the firm told staff to stay at home until further notice.",
    )
    engine = StoryEngine()

    cut, *full = [
        found.origin
        for text in (f"{head[:-1]}…", *(f"{head} {rest}" for rest in rests))
        if (found := assign(engine, a_judged_post(text, DIRECTIVE)))
    ]

    assert full[0] == cut
    assert full[1] != cut


def test_memory_is_bounded_by_the_number_of_active_stories() -> None:
    engine = StoryEngine(most_active=20)
    for number in range(100):
        assign(engine, a_judged_post(f"incident{number} at plant{number}", judged(Topic.COMPUTE)))

    assert len(engine.active) == 20


def _random_post(choose: random.Random, number: int) -> PostClassified:
    subject = choose.randrange(12)
    words = [f"w{subject}x{choose.randrange(9)}" for _ in range(8)] + [f"n{number}"]
    return a_judged_post(
        " ".join(words),
        judged(Topic.POLICY, entities=(f"v:Vendor {subject}", "j:Freedonia")),
        at=NOON + timedelta(minutes=number),
    )


ODD = (
    "abend ecke papier brief küche fenster freund garten treppe bahnhof winter kaffee laterne teppich glocke mantel "
    "spiegel wiese anker kissen"
)


def test_odd_words_do_not_keep_the_story_that_a_post_names_out_of_sight() -> None:
    order, aside, report = (
        "Galdorulm must suspend all access of foreigners to Rastorver-34 tonight, an order says",
        f"Torsil puts the Rasyarcal-88 accelerator under control. {ODD}",
        f"Notiz zu Galdorulm und Rastorver-34: {ODD}",
    )

    named, other, joined = stories_of(*(a_judged_post(text, judged(Topic.POLICY)) for text in (order, aside, report)))

    assert joined == named != other


def test_what_introduces_a_post_is_no_name() -> None:
    assert terms("FYI: Northwind closes its office").names == terms("Northwind closes its office").names
