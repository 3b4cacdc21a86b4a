"""What tests of conversion ask of one record."""

import pytest

from touchstone.workbench.data.forms import Options, convert_record
from touchstone.workbench.data.forms.draft import Refused


def converted(record, file="rows.jsonl", **options):
    found = convert_record(record, file, Options(**options))
    assert found is not None
    return found


def row_of(record, file="rows.jsonl", **options):
    return converted(record, file, **options).row


def refusal_of(record, **options):
    with pytest.raises(Refused) as caught:
        convert_record(record, "rows.jsonl", Options(**options))
    return caught.value.kind, caught.value.where


def logged(body, response=None, operation="Converse", **more):
    output = {} if response is None else {"output": {"outputBodyJson": response}}
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "requestId": "req-1",
        "operation": operation,
        "modelId": "m",
        "requestMetadata": {"project": "sums"},
        "input": {"inputContentType": "application/json", "inputBodyJson": body},
        **output,
        **more,
    }
