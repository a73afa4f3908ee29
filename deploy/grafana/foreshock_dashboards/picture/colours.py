"""Colours by the names that dashboards give them, in Grafana's dark theme."""

import colorsys
import re
from typing import Final

GROUND: Final = "#111217"
PANEL: Final = "#181b1f"
EDGE: Final = "#24272e"
TEXT: Final = "#ccccdc"
FAINT: Final = "#8e8f9c"
GRID: Final = "#2a2d33"

_SHADES: Final = {
    "red": ("#FFA6B0", "#FF7383", "#F2495C", "#E02F44", "#C4162A"),
    "orange": ("#FFCB7D", "#FFB357", "#FF9830", "#FF780A", "#FA6400"),
    "yellow": ("#FFF899", "#FFEE52", "#FADE2A", "#F2CC0C", "#E0B400"),
    "green": ("#C8F2C2", "#96D98D", "#73BF69", "#56A64B", "#37872D"),
    "blue": ("#C0D8FF", "#8AB8FF", "#5794F2", "#3274D9", "#1F60C4"),
    "purple": ("#DEB6F2", "#CA95E5", "#B877D9", "#A352CC", "#8F3BB8"),
}
_PREFIXES: Final = ("super-light-", "light-", "", "semi-dark-", "dark-")
_NAMED: Final = {
    prefix + name: colour
    for name, colours in _SHADES.items()
    for prefix, colour in zip(_PREFIXES, colours, strict=True)
} | {"text": TEXT, "transparent": "transparent", "panel-bg": PANEL, "white": "#ffffff", "gray": "#808080"}
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")
_ORDER: Final = ("", "dark-", "super-light-")
_HUES: Final = ("green", "yellow", "blue", "orange", "red", "purple")
PALETTE: Final = tuple(_NAMED[prefix + hue] for prefix in _ORDER for hue in _HUES)
"""What series get in their order where nothing else is said ("palette-classic")."""


def colour(name: str) -> str:
    """What CSS calls it; raises ValueError for a name that there is not."""
    if name in _NAMED:
        return _NAMED[name]
    if _HEX.fullmatch(name):
        return name
    raise ValueError(f"there is no colour {name!r}")


def shaded(hexadecimal: str, *, darker: float, turned: float) -> str:
    """Darker by a share of its lightness scale, its hue turned by degrees."""
    if not _HEX.fullmatch(hexadecimal):
        return hexadecimal
    red, green, blue = (int(hexadecimal[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, light, strong = colorsys.rgb_to_hls(red, green, blue)
    made = colorsys.hls_to_rgb((hue + turned / 360) % 1, max(0.0, light - darker), strong)
    return "#" + "".join(f"{round(each * 255):02x}" for each in made)


def ink(ground: str) -> str:
    """A colour for text that can be read on `ground`."""
    if not _HEX.fullmatch(ground):
        return TEXT
    red, green, blue = (int(ground[at : at + 2], 16) for at in (1, 3, 5))
    return "#111217" if (299 * red + 587 * green + 114 * blue) / 1000 > 150 else "#ffffff"
