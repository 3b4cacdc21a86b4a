"""Source forms: how a record is opened, told, read and made a row.

A record goes one way: ``open_record`` takes off its wrapper, ``Record.form`` tells its form,
``Form.read`` drafts a row of it, and ``settle`` and ``finish`` make it whole by its ``Kind``.
"""

from __future__ import annotations

from typing import Any

from workbench.data.forms import mapping
from workbench.data.forms.draft import Refused
from workbench.data.forms.finish import Converted, finish, settle
from workbench.data.forms.options import Options
from workbench.data.forms.records import Record, of_table, open_record
from workbench.data.forms.registry import NAMED, NAMES
from workbench.data.forms.unfit import refuse_unfit

__all__ = ["NAMES", "Converted", "Options", "convert_record"]


def convert_record(value: Any, file: str, options: Options) -> Converted | None:
    """Makes a row of a record.

    Args:
        value: The record, as its file held it.
        file: The file it came from.
        options: How.

    Returns:
        The row, or ``None`` where the filter does not keep the record.

    Raises:
        Refused: The record cannot become a row; says why and names the field.
    """
    if not isinstance(value, dict):
        raise Refused("bad_shape", "", f"must be an object, not {type(value).__name__}")
    if options.keep and not options.keep(_metadata_of(value)):
        return None
    picked = mapping.pick(value, options.mapping) if options.mapping else {}
    displaced: list[str] = []
    if mapping.is_prompt(picked):
        row, displaced = mapping.mapped_row(value, picked, options.mapping)
        record = Record(row, NAMED["table"])
    else:
        wanted = options.keep_answer == "reference"
        record = open_record(value, file, options.form, with_response=wanted)
    if not of_table(record.forms):
        refuse_unfit(value.get("modelId"), record)
    form = record.form()
    draft = form.read(record.request)
    draft.left_out += displaced
    settle(draft, record, record.kind(form), options)
    return finish(draft, record.counted_as or form.name, picked, options)


def _metadata_of(value: dict[str, Any]) -> dict[str, Any]:
    metadata = value.get("requestMetadata")
    return metadata if isinstance(metadata, dict) else {}
