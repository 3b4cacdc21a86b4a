"""The one list of the forms that are known, and what follows from it."""

from __future__ import annotations

from touchstone.workbench.data.forms import (
    anthropic,
    bedrock_eval,
    chat,
    cohere,
    converse,
    gemini,
    openai_rft,
    prompts,
    table,
)
from touchstone.workbench.data.forms.form import Form

# Tried in this order: a form before another whose test would take its records too.
FORMS: tuple[Form, ...] = (
    converse.FORM,
    anthropic.FORM,
    gemini.FORM,
    bedrock_eval.FORM,
    openai_rft.FORM,
    chat.FORM,
    prompts.FORM,
    cohere.FORM,
    table.FORM,
)
# Of a row of CSV or Parquet: a column named as a request's text makes none of it.
TABLE_FORMS = tuple(form for form in FORMS if not form.prompt)

TURNS = frozenset(form.turns for form in FORMS if form.turns)
PARAMETERS = frozenset().union(*(form.parameters for form in FORMS))
# Keys that only a record of some form has.
FORM_KEYS = frozenset().union(*(form.keys for form in FORMS))
# Where replies keep several answers; beside a request's turns such a list is a reply.
CHOICES = tuple(dict.fromkeys(key for form in FORMS for key in form.choices))
CHOICES_BESIDE_TURNS = tuple(key for form in FORMS if form.turns for key in form.choices)


_GROUPS = dict.fromkeys(group for form in FORMS for group in form.groups)
# The values of ``--form``, and the forms that each lets be read.
NAMES = ("auto", *(form.name for form in FORMS), *_GROUPS)
NAMED = {
    name: tuple(form for form in FORMS if name in ("auto", form.name, *form.groups))
    for name in NAMES
}
