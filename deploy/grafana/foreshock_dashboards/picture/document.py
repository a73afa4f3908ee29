"""What the JSON of a dashboard says, as far as it can be seen in a picture. Units are Grafana's: pixels, seconds."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel


class UndrawableError(Exception):
    """Something in a dashboard that cannot be drawn here: says where it stands and what it is."""


class _Read(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class _Strict(_Read):
    """Whatever else it says is refused."""

    model_config = ConfigDict(extra="forbid")


class GridPos(_Read):
    """Place and size in the grid: 24 columns, rows of 30 pixels."""

    x: int
    y: int
    w: int
    h: int


class DataSource(_Read):
    """Which data source."""

    type: str | None = None
    uid: str | None = None


class Target(_Read):
    """One query of a panel."""

    ref_id: str = "A"
    datasource: DataSource | None = None
    expr: str | None = None
    legend_format: str = ""
    instant: bool = False
    interval: str | None = None
    exemplar: bool = False
    raw_sql: str | None = None
    format: str = ""
    hide: bool = False


class Step(_Read):
    """A colour from a value on."""

    color: str
    value: float | None = None


class Thresholds(_Read):
    """Steps in rising order."""

    mode: Literal["absolute"] = "absolute"
    steps: list[Step] = [Step(color="green")]


class Mapping(_Read):
    """Values that are shown as something else."""

    type: Literal["value", "range", "special"]
    options: dict[str, Any]


class FieldColor(_Read):
    """How a series gets its colour."""

    mode: Literal["fixed", "thresholds", "palette-classic", "shades"]
    fixed_color: str = "green"


class Mode(_Read):
    """A setting that is a mode and no more."""

    mode: str = "off"


class LineStyle(_Read):
    """A line that is whole or dashed."""

    fill: Literal["solid", "dash", "dot"] = "solid"
    dash: list[float] = [10, 10]


class CellOptions(_Read):
    """How a cell of a table is coloured."""

    type: Literal["auto", "color-text", "color-background"] = "auto"
    mode: str = "basic"


class Hidden(_Read):
    """Where a series is not shown."""

    legend: bool = False
    tooltip: bool = False
    viz: bool = False


class ScaleDistribution(_Read):
    """How values are spread along an axis."""

    type: Literal["linear", "log"] = "linear"
    log: float = 10


class Custom(_Strict):
    """The settings of a field that belong to the kind of panel."""

    draw_style: Literal["line", "points", "bars"] = "line"
    line_width: float = 1
    line_interpolation: Literal["linear", "stepAfter", "smooth"] = "linear"
    line_style: LineStyle = LineStyle()
    fill_opacity: float | None = None
    fill_below_to: str | None = None
    gradient_mode: Literal["none", "opacity"] = "none"
    show_points: Literal["auto", "never", "always"] = "auto"
    point_size: float = 5
    span_nulls: bool | float = False
    stacking: Mode = Mode()
    thresholds_style: Mode = Mode()
    axis_label: str = ""
    axis_soft_min: float | None = None
    axis_soft_max: float | None = None
    axis_placement: str = "auto"
    scale_distribution: ScaleDistribution = ScaleDistribution()
    bar_width_factor: float = 0.6
    hide_from: Hidden = Hidden()
    width: float | None = None
    min_width: float | None = None
    align: str = "auto"
    cell_options: CellOptions = CellOptions()
    filterable: bool = False
    inspect: bool = False


class FieldOptions(_Strict):
    """How the values of a series or a column look."""

    unit: str = ""
    decimals: int | None = None
    min: float | None = None
    max: float | None = None
    no_value: str | None = None
    display_name: str | None = None
    description: str | None = None
    color: FieldColor | None = None
    thresholds: Thresholds = Thresholds()
    mappings: list[Mapping] = []
    links: list[dict[str, Any]] = []
    custom: Custom = Custom()


class Matcher(_Read):
    """Which fields an override is for."""

    id: Literal["byName", "byRegexp", "byFrameRefID", "byType"]
    options: Any = None


class Property(_Read):
    """One setting of an override."""

    id: str
    value: Any = None


class Override(_Read):
    """Settings for some fields."""

    matcher: Matcher
    properties: list[Property]


class FieldConfig(_Read):
    """What holds for all fields, and for some."""

    defaults: dict[str, Any] = {}
    overrides: list[Override] = []


class Panel(_Read):
    """A panel, or the heading of a row."""

    id: int
    type: str
    title: str = ""
    description: str = ""
    grid_pos: GridPos
    targets: list[Target] = []
    field_config: FieldConfig = FieldConfig()
    options: dict[str, Any] = {}
    interval: str | None = None
    max_data_points: float | None = None
    transformations: list[dict[str, Any]] = []
    panels: list["Panel"] = []
    collapsed: bool = False
    links: list[dict[str, Any]] = []


class Annotation(_Read):
    """What is marked in every panel over time."""

    name: str
    enable: bool = True
    hide: bool = False
    icon_color: str = "red"
    expr: str | None = None
    datasource: DataSource | None = None


class Variable(_Read):
    """A variable of the dashboard with what is chosen at first."""

    name: str
    type: str
    current: dict[str, Any] = {}
    include_all: bool = False
    all_value: str | None = None
    query: Any = None


class Link(_Read):
    """A link of the dashboard."""

    title: str = ""
    type: str = "link"
    url: str | None = None
    tags: list[str] = []


class _List(_Read):
    list_: list[Any] = Field(default=[], alias="list")


class Dashboard(_Read):
    """A dashboard."""

    uid: str
    title: str
    description: str = ""
    tags: list[str] = []
    panels: list[Panel]
    templating: _List = _List()
    annotations: _List = _List()
    links: list[Link] = []

    @property
    def variables(self) -> list[Variable]:
        return [Variable.model_validate(each) for each in self.templating.list_]

    @property
    def marks(self) -> list[Annotation]:
        """Its annotations that are switched on."""
        made = (Annotation.model_validate(each) for each in self.annotations.list_)
        return [each for each in made if each.enable and each.expr]


def read(path: Path) -> Dashboard:
    """The dashboard of a file; raises UndrawableError with the place of what cannot be read."""
    content = json.loads(path.read_text(encoding="utf-8"))
    try:
        return Dashboard.model_validate(content)
    except ValidationError as error:
        raise UndrawableError(f"{path.name}: {'; '.join(_said(content, error))}") from error


def _said(content: dict[str, Any], error: ValidationError) -> Iterator[str]:
    for each in error.errors():
        place = ".".join(map(str, each["loc"]))
        found = re.match(r"panels\.(\d+)", place)
        title = content["panels"][int(found[1])].get("title") if found else None
        yield f"panel {title!r}: {place}: {each['msg']}" if title else f"{place}: {each['msg']}"
