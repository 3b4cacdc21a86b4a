"""Source forms: how a record is told, read and made a row.

``form`` says what a form is, ``registry`` which are known; each has a file of its own.
"""

from __future__ import annotations

from touchstone.workbench.data.forms.options import Options
from touchstone.workbench.data.forms.registry import NAMES
from touchstone.workbench.data.forms.row import Converted, convert_record

__all__ = ["NAMES", "Converted", "Options", "convert_record"]
