"""The AI Policy Shock Index on a dashboard."""

from foreshock_dashboards.panels import Panel, band, lines, number


def row() -> list[Panel]:
    """The row of the index. It has no value before its base period is over."""
    return [
        number(
            "Shock index",
            'max(foreshock_shock_index{by="all"})',
            "Of the last 24 hours; 100 is the mean of the base period. Empty until that is over.",
            unit="short",
            width=8,
        ),
        number(
            "Mean of 7 days",
            'foreshock:shock_index:avg_7d{by="all"}',
            "A day holds few shocks; what lasts shows here.",
            unit="short",
            width=8,
        ),
        number(
            "Days of the base period",
            "max(foreshock_shock_index_base_days)",
            "Counted so far; there is an index once they are as many as `FORESHOCK_INDEX_BASE_DAYS`.",
            unit="short",
            width=8,
        ),
        band(
            "All shocks",
            "foreshock_shock_index",
            '{by="all"}',
            "The last 24 hours with a 90 % band: two values whose bands overlap much are not known to differ.",
            unit="short",
            width=8,
        ),
        lines(
            "By jurisdiction",
            [('max by (name) (foreshock_shock_index{by="jurisdiction"})', "{{name}}")],
            "Each against its own base period; those with too few shocks in it are left out.",
            unit="short",
            width=8,
        ),
        lines(
            "By effect",
            [('max by (name) (foreshock_shock_index{by="effect"})', "{{name}}")],
            "By what is done: suspend, ban, licence, tariff. Each against its own base period.",
            unit="short",
            width=8,
        ),
    ]
