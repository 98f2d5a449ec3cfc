"""Where the keys lead that both forms of the plate have: home to a well, and from plate to plate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.review.wells import well_filter

if TYPE_CHECKING:
    from tuiqc.ui.home import Home


def go_home_to_well(home: Home, plates: PlateMap) -> None:
    """Go home, to the images of the current well alone."""
    session = home.session
    well = plates.well_of(session.image)
    images = plates.images(int(plates.plate[session.image]), well)
    home.show_well(*well_filter(session.images, well, images))
    home.go_home(stay=False)


def step_plate(home: Home, plates: PlateMap, step: int) -> None:
    """Go to the first image of the plate `step` further."""
    if len(plates.plates) < 2:
        home.say("there is one plate only")
        return
    number = (int(plates.plate[home.session.image]) + step) % len(plates.plates)
    home.go_to_image(int((plates.plate == number).argmax()))
