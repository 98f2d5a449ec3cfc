"""Where the keys lead that both forms of the plate have: home to a well, and from plate to plate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.review.wells import well_filter

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


NO_WELLS = "nothing says which wells the images are of: name that part of the file names {well} in --images"


def go_home_to_well(context: ReviewContext, plates: PlateMap) -> None:
    """Go home, to the images of the current well alone."""
    session = context.session
    image = session.cursor.image
    well = plates.well_of(image)
    images = plates.images(int(plates.plate[image]), well)
    context.tables.show_well(*well_filter(session.tables.images, well, images))
    context.views.go_home(stay=False)


def step_plate(context: ReviewContext, plates: PlateMap, step: int) -> None:
    """Go to the first image of the plate `step` further."""
    if len(plates.plates) < 2:
        context.say("there is one plate only")
        return
    number = (int(plates.plate[context.session.cursor.image]) + step) % len(plates.plates)
    context.session.cursor.show_image(int((plates.plate == number).argmax()))
