"""Which slice shows an object best."""

import pandas as pd
import pytest

from tuiqc.review.object_rows import best_slice


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"widest_z": [0, 7], "centre_z": [0.0, 3.0]}, 7),
        ({"centre_z": [0.0, 3.6]}, 4),
        ({"Center_of_the_object_2": [0.0, 2.0]}, 2),
        ({"centre_z": [0.0, float("nan")]}, None),
        ({"area": [1, 2]}, None),
    ],
)
def test_best_slice(columns: dict[str, list[float]], expected: int | None) -> None:
    assert best_slice(pd.DataFrame(columns), 1) == expected
