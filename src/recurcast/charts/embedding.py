"""Charts for pages that hold them inside."""

from io import BytesIO

from PIL import Image

_COLOURS = 128


def embeddable(png: bytes) -> bytes:
    """Return the chart as a PNG of 128 colours, about a quarter of the bytes: whoever embeds it stores it with each page."""
    smaller = BytesIO()
    with Image.open(BytesIO(png)) as picture:
        colours = picture.convert("RGB").quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        colours.save(smaller, "PNG")
    return smaller.getvalue()
