"""Pictures of dashboards without a Grafana: each panel's queries are asked as Grafana asks them, and drawn as it draws.

    document    what the JSON of a dashboard says        sources, asking   what Prometheus and Postgres answer
    fields      how a series is to look: overrides       timeseries, stat, table, states, bars: a kind of panel each
    page        one HTML page with nothing outside of it

What is drawn follows from the JSON alone. A kind of panel, a unit or a setting that is not known here fails with the
name of the panel, so that a picture never shows less than was asked for in silence. It is no Grafana: sizes of letters
and the choice of ticks are near to its, not the same.
"""
