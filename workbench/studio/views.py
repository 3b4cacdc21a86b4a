"""The views of the studio, in the order of its navigation."""

from __future__ import annotations

from touchstone.workbench.studio import diff, jobs, label, rollouts, tryout
from touchstone.workbench.studio.view import View

VIEWS: tuple[View, ...] = (tryout.VIEW, rollouts.VIEW, diff.VIEW, label.VIEW, jobs.VIEW)
