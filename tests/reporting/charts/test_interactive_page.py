from io import BytesIO

import numpy as np
from PIL import Image

from recurcast.reporting.charts.interactive_page import embeddable
from recurcast.reporting.charts.saving import Chart, png_of
from recurcast.reporting.charts.sheets import panels_of


def test_a_chart_to_embed_is_the_same_picture_in_less_than_half_the_bytes() -> None:
    def draw(sheet):
        figure, (axes,) = panels_of(sheet, 300)
        axes.plot([1, 3, 2], color="#0072B2")
        return figure

    png = png_of(Chart("line", "A line", "It goes up and down.", draw))

    small = embeddable(png)

    assert len(small) < len(png) / 2
    before, after = (np.asarray(Image.open(BytesIO(each)).convert("RGB"), dtype=int) for each in (png, small))
    assert before.shape == after.shape
    assert abs(before - after).mean() < 2
