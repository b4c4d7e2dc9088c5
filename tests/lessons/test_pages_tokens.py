"""The contrast that the look promises, recomputed from the file of tokens."""

import re
from math import cos, radians, sin
from pathlib import Path

import pytest

VARIABLES = Path(__file__).parents[2] / "static" / "css" / "variables.css"
NUMBER = r"(\d*\.?\d+)"
TOKEN = re.compile(
    rf"--([\w-]+): light-dark\(oklch\({NUMBER} {NUMBER} {NUMBER}\), oklch\({NUMBER} {NUMBER} {NUMBER}\)\)"
)
ALIAS = re.compile(r"--([\w-]+): var\(--([\w-]+)\);")

Colour = tuple[float, float, float]

# Pair, contrast promised in light and in dark, and the least that it may be.
PROMISED = [
    ("ink", "paper", 16.2, 17.0, 4.5),
    ("ink-2", "surface", 8.9, 9.6, 4.5),
    ("ink-2", "tint", 7.7, 8.8, 4.5),
    ("ink-3", "surface", 5.7, 6.3, 4.5),
    ("ink-3", "tint", 4.9, 5.8, 4.5),
    ("ink-3", "well", 5.4, 7.0, 4.5),
    ("act-ink", "act", 7.3, 5.7, 4.5),
    ("act-text", "surface", 7.7, 8.8, 4.5),
    ("act-text", "act-wash", 6.7, 7.5, 4.5),
    ("field", "surface", 3.7, 3.8, 3),
    ("field", "tint", 3.2, 3.5, 3),
    ("idle", "surface", 4.6, 5.3, 3),
    ("act", "tint", 6.3, 4.7, 3),
    ("ok", "ok-wash", 5.0, 8.0, 4.5),
    ("run", "run-wash", 5.4, 6.7, 4.5),
    ("wait", "wait-wash", 4.9, 8.8, 4.5),
    ("fail", "fail-wash", 4.9, 6.3, 4.5),
    ("caught", "caught-wash", 5.6, 6.9, 4.5),
    ("fail", "surface", 5.5, 7.2, 4.5),
    ("m-order", "tint", 4.8, 8.7, 4.5),
    ("m-refund", "tint", 4.5, 6.7, 4.5),
    ("m-signup", "tint", 4.7, 8.1, 4.5),
    ("m-payment", "tint", 4.1, 9.0, 3),
    ("m-notice", "tint", 5.0, 7.0, 4.5),
    ("focus", "paper", 6.7, 11.8, 3),
    ("focus", "act-wash", 6.4, 9.4, 3),
]


def variables() -> str:
    """The sheet of all colours, sizes and durations."""
    return VARIABLES.read_text("utf-8")


def tokens() -> dict[str, tuple[Colour, Colour]]:
    """Every colour of the file, light and dark, as lightness, chroma and hue."""
    text = variables()
    found = {}
    for name, *numbers in TOKEN.findall(text):
        light = [float(each) for each in numbers]
        found[name] = ((light[0], light[1], light[2]), (light[3], light[4], light[5]))
    for name, other in ALIAS.findall(text):
        if other in found:
            found[name] = found[other]
    return found


def linear_rgb(colour: Colour) -> Colour:
    """Oklch to linear sRGB (Ottosson's matrices)."""
    lightness, chroma, hue = colour
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def luminance(colour: Colour) -> float:
    red, green, blue = (min(1.0, max(0.0, part)) for part in linear_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("text", "ground", "light", "dark", "least"), PROMISED)
def test_a_pair_of_tokens_has_the_contrast_that_was_measured(
    text: str, ground: str, light: float, dark: float, least: float
) -> None:
    colours = tokens()
    for theme, promised in ((0, light), (1, dark)):
        measured = contrast(colours[text][theme], colours[ground][theme])
        assert measured >= least
        assert measured == pytest.approx(promised, abs=0.15)


@pytest.mark.parametrize("name", sorted(tokens()))
def test_a_token_can_be_shown_on_any_screen(name: str) -> None:
    for colour in tokens()[name]:
        assert all(-0.004 <= part <= 1.004 for part in linear_rgb(colour)), f"--{name} lies outside sRGB"


def test_every_colour_is_written_for_both_themes() -> None:
    assert len(tokens()) >= 36
    text = re.sub(r"light-dark\((?:[^()]|\([^()]*\))*\)", "", variables())
    assert "oklch(" not in text.split("*/", 1)[1]
