"""The groups of actions in the order of the help, put together."""

from __future__ import annotations

from collections.abc import Mapping

from tuiqc.ui.actions.action import Action
from tuiqc.ui.actions.display import DISPLAY
from tuiqc.ui.actions.movies import TIME
from tuiqc.ui.actions.picture import IN_PICTURE
from tuiqc.ui.actions.plate import IN_PLATE
from tuiqc.ui.actions.plot import IN_PLOT
from tuiqc.ui.actions.program import PROGRAM
from tuiqc.ui.actions.quality import QUALITY
from tuiqc.ui.actions.tables import TABLE
from tuiqc.ui.actions.tiles import TILES
from tuiqc.ui.actions.verdicts import VERDICTS
from tuiqc.ui.actions.views import VIEWS
from tuiqc.ui.actions.walking import WALKING

ACTIONS: tuple[Action, ...] = (
    *VERDICTS,
    *QUALITY,
    *WALKING,
    *TABLE,
    *IN_PICTURE,
    *TIME,
    *DISPLAY,
    *VIEWS,
    *IN_PLATE,
    *IN_PLOT,
    *TILES,
    *PROGRAM,
)

BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}
