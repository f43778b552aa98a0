from io import BytesIO

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from recurcast.reporting.charts.canvas import png_of
from recurcast.reporting.charts.interactive_page import embeddable


def test_a_chart_to_embed_is_the_same_picture_in_less_than_half_the_bytes() -> None:
    figure = Figure(figsize=(8, 4))
    figure.subplots().plot([1, 3, 2], color="#0072B2")
    png = png_of(figure)

    small = embeddable(png)

    assert len(small) < len(png) / 2
    before, after = (np.asarray(Image.open(BytesIO(each)).convert("RGB"), dtype=int) for each in (png, small))
    assert before.shape == after.shape
    assert abs(before - after).mean() < 2
