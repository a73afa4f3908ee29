"""Pictures of panels: drawn as the JSON says, and nothing left out in silence."""

import re
from datetime import UTC, datetime

import pytest
from support.drawing import GREEN, RED, SPAN, a_panel, a_series, drawn, override, styled

from foreshock_dashboards.picture import bars, stat, states, table, timeseries
from foreshock_dashboards.picture.document import UndrawableError, Variable
from foreshock_dashboards.picture.fields import field_of
from foreshock_dashboards.picture.scale import log_reach, value_ticks
from foreshock_dashboards.picture.series import Answer, Series, Span, Table, legend, reduced
from foreshock_dashboards.picture.units import text
from foreshock_dashboards.picture.variables import duration, expanded, expanded_sql, interval, values


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.0123, "s", "12.3 ms"),
        (0, "s", "0 s"),
        (90, "s", "1.50 mins"),
        (7200, "s", "2 hours"),
        (1234, "short", "1.23 K"),
        (0.5, "percentunit", "50%"),
        (1536, "bytes", "1.50 KiB"),
        (12345, "count:posts/s", "12.3 K posts/s"),
        (3, "suffix:posts", "3 posts"),
    ],
)
def test_values_are_said_in_their_unit_with_three_figures(value: float, unit: str, said: str) -> None:
    assert text(value, unit) == said


def test_a_moment_is_said_by_how_long_ago_it_was() -> None:
    assert text(940_000, "dateTimeFromNow", now=1_000) == "a minute ago"
    assert text(0, "dateTimeFromNow", now=7_300) == "2 hours ago"


def test_the_rate_interval_covers_four_scrapes_and_grows_with_the_range() -> None:
    short, long = Span(0, 600), Span(0, 86_400)
    assert values([], short, interval(short, 1_000, 5), 5)["__rate_interval"] == "20s"
    assert values([], long, interval(long, 1_000, 5), 5)["__rate_interval"] == "65s"
    assert duration(0.5) == "500ms"


def test_variables_stand_for_what_is_chosen_at_first() -> None:
    chosen = Variable.model_validate({"name": "who", "type": "custom", "current": {"value": ["a", "b"]}})
    every = Variable.model_validate(
        {"name": "all", "type": "query", "includeAll": True, "current": {"value": "$__all"}}
    )
    known = values([chosen, every], SPAN, 1, 1)
    asked = expanded('m{who=~"$who", all=~"${all:regex}"}[$__range]', known)
    assert asked == 'm{who=~"(a|b)", all=~".*"}[60s]'
    with pytest.raises(UndrawableError, match=r"\$nobody"):
        expanded("$nobody", known)


def test_sql_is_asked_for_the_range_of_the_page() -> None:
    asked = expanded_sql("SELECT 1 WHERE $__timeFilter(opened_at) AND a > $1", SPAN, {"__interval": "1s"})
    assert asked == "SELECT 1 WHERE opened_at BETWEEN to_timestamp(1000.000) AND to_timestamp(1060.000) AND a > $1"


def test_a_legend_is_filled_in_from_labels() -> None:
    assert legend("{{group}} {{ lane }}", {"group": "store", "lane": "urgent"}) == "store urgent"
    assert legend("", {"__name__": "up", "job": "store"}) == 'up{job="store"}'


def test_the_last_value_that_is_there_is_the_one_that_counts() -> None:
    assert reduced("lastNotNull", [1.0, 2.0, None]) == 2
    with pytest.raises(ValueError, match="calculation 'p95'"):
        reduced("p95", [1.0])


def test_an_override_wins_over_the_defaults_for_its_series_alone() -> None:
    panel = styled({"unit": "s"}, override("p99", unit="short", custom__lineWidth=3))
    assert (field_of(panel, "p99").unit, field_of(panel, "p99").custom.line_width) == ("short", 3)
    assert field_of(panel, "p50").unit == "s"


def test_a_setting_that_is_not_known_is_refused_with_its_panel() -> None:
    with pytest.raises(UndrawableError, match=r"panel 'The panel', 'p99': custom\.barbs"):
        field_of(styled({"custom": {"barbs": 3}}), "p99")


def test_axes_are_marked_at_round_values() -> None:
    assert value_ticks(0, 1, 5) == [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]
    assert value_ticks(0, 200, 5, "s") == [0, 60, 120, 180]
    assert value_ticks(0, 3 * 2**20, 4, "bytes") == [0, 2**20, 2 * 2**20, 3 * 2**20]
    assert log_reach([0.02, 40, 0]) == (0.01, 100)


def test_a_gap_breaks_a_line_unless_gaps_are_spanned() -> None:
    series = a_series("one", 1, 2, None, 3, 4)
    assert len(re.findall("stroke-linejoin", drawn(a_panel(), series))) == 2
    assert len(re.findall("stroke-linejoin", drawn(styled({"custom": {"spanNulls": True}}), series))) == 1


def test_a_value_between_gaps_is_a_point_but_not_where_points_are_never_drawn() -> None:
    series = Series("one", "A", tuple(map(float, range(1_000, 1_060))), (*[None] * 30, 1.0, *[None] * 29))
    assert drawn(a_panel(), series).count("<circle") == 1
    assert drawn(styled({"custom": {"showPoints": "never"}}), series).count("<circle") == 0


def test_stacked_series_stand_on_each_other() -> None:
    panel = styled({"min": 0, "max": 4, "custom": {"stacking": {"mode": "normal"}, "fillOpacity": 50}})
    html = drawn(panel, a_series("one", 1), a_series("two", 2))
    areas = re.findall(r'<path d="M[\d.]+ ([\d.]+)H[\d.]+L[\d.]+ ([\d.]+)H[\d.]+Z"', html)
    [(one, zero), (three, also_one)] = [(float(top), float(floor)) for top, floor in areas]
    assert one == also_one
    assert zero - three == pytest.approx(3 * (zero - one), abs=0.3)


def test_a_band_is_filled_down_to_the_series_that_it_names() -> None:
    band = {"min": 0, "max": 4, "custom": {"fillOpacity": 0}}
    panel = styled(band, override("high", custom__fillBelowTo="low", custom__fillOpacity=20))
    html = drawn(panel, a_series("low", 1), a_series("high", 3))
    [area] = re.findall(r'<path d="(M[^"]*Z)"', html)
    low = re.search(r'<path d="M[\d.]+ ([\d.]+)H[\d.]+" fill="none"', html.replace("\n", ""))
    floor = re.search(r"L[\d.]+ ([\d.]+)H[\d.]+Z$", area)
    assert low is not None
    assert floor is not None
    assert low[1] == floor[1]


def test_a_limit_is_a_line_of_its_colour_where_the_axis_reaches_it() -> None:
    limit = {
        "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 2}]}
    }
    dashed = {"thresholdsStyle": {"mode": "dashed"}}
    assert RED in drawn(styled(limit | {"max": 3, "custom": dashed}), a_series("one", 1))
    assert RED not in drawn(styled(limit | {"max": 1, "custom": dashed}), a_series("one", 1))
    assert RED not in drawn(styled(limit | {"max": 3}), a_series("one", 1))


def test_a_legend_says_what_is_asked_of_each_series() -> None:
    html = drawn(a_panel(options={"legend": {"calcs": ["lastNotNull", "max"]}}), a_series("one", 3, 1))
    assert "<em>Last *: 1</em><em>Max: 3</em>" in html
    with pytest.raises(ValueError, match="only legends that are lists"):
        drawn(a_panel(options={"legend": {"displayMode": "table"}}), a_series("one", 1))


def test_exemplars_are_diamonds_within_the_plot() -> None:
    answer = Answer((a_series("one", 1),), exemplars=((1_030, 0.5, "trace_id: abc"), (900, 0.5, "too early")))
    html = timeseries.draw(a_panel(), answer, SPAN, 600, 250)
    assert html.count('class="exemplar"') == 1
    assert "trace_id: abc" in html


def test_a_stat_has_the_ground_of_its_threshold() -> None:
    steps = [{"color": "transparent", "value": None}, {"color": "red", "value": 5}]
    panel = styled({"thresholds": {"mode": "absolute", "steps": steps}}, options={"colorMode": "background_solid"})
    assert f"background:{RED}" in stat.draw(panel, Answer((a_series("one", 1, 7),)), SPAN, 200, 80)
    assert f"background:{RED}" not in stat.draw(panel, Answer((a_series("one", 7, 1),)), SPAN, 200, 80)


def test_states_are_pieces_in_the_colour_that_their_value_is_mapped_to() -> None:
    texts = {"0": {"text": "well", "color": "green", "index": 0}, "1": {"text": "ill", "color": "red", "index": 1}}
    panel = styled({"mappings": [{"type": "value", "options": texts}]})
    html = states.draw(panel, Answer((a_series("one", 0, 0, 1, 1, 0),)), SPAN, 600, 250)
    assert re.findall(r'<rect [^>]*fill="(#\w+)"', html) == [GREEN, RED, GREEN]
    assert "one: ill" in html


def test_the_longest_bar_is_the_highest_value() -> None:
    panel = a_panel("bargauge", options={"orientation": "horizontal", "displayMode": "basic", "showUnfilled": False})
    html = bars.draw(panel, Answer((a_series("much", 10), a_series("little", 1))), 600, 250)
    much, little = (float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', html))
    assert much > 9 * little


def test_a_table_maps_its_words_and_counts_from_now() -> None:
    words = [{"type": "value", "options": {"high": {"text": "HIGH", "color": "red"}}}]
    cells = {"custom__cellOptions": {"type": "color-background"}, "mappings": words}
    panel = styled({}, override("urgency", **cells), override("opened", unit="dateTimeFromNow"))
    rows = ((datetime.fromtimestamp(880, UTC), "high", "<b>"),)
    html = table.draw(panel, Answer(table=Table(("opened", "urgency", "headline"), rows)), 600, 250, now=1_000)
    assert "2 minutes ago" in html
    assert "HIGH" in html
    assert f"background:{RED}" in html
    assert "&lt;b&gt;" in html
