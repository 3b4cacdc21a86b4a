"""The OpenAPI description of a served grader."""

from __future__ import annotations

from typing import Any

from touchstone.grader import Grader

_TURN = {
    "type": "object",
    "required": ["role"],
    "properties": {
        "role": {"type": "string"},
        "content": {},
        "tool_calls": {"type": "array", "description": "As of OpenAI's API."},
    },
}
_ROW = {
    "type": "object",
    "properties": {
        "id": {},
        "messages": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Turn"},
            "description": "The prompt's turns, then the assistant's, which is graded.",
        },
        "reference_answer": {"description": "As the grader wants it; also under metadata."},
        "metadata": {"description": "Fields of the row's own."},
    },
}
_RESULT = {
    "type": "object",
    "required": ["id", "aggregate_reward_score", "metrics_list"],
    "properties": {
        "id": {"description": "The row's."},
        "aggregate_reward_score": {"type": "number"},
        "metrics_list": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "value", "type"],
                "properties": {
                    "name": {"type": "string"},
                    "value": {"type": "number"},
                    "type": {"enum": ["Reward", "Metric"]},
                },
            },
        },
        "outcome": {"type": "string", "description": "scored, or unscored:<kind>."},
        "reason": {"type": "string"},
    },
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {
                "type": {"type": "string"},
                "message": {"type": "string"},
                "unscored": {"type": "object", "additionalProperties": {"type": "integer"}},
            },
        }
    },
}


def describe(grader: Grader, url: str) -> dict[str, Any]:
    """Returns the OpenAPI 3.1 document of ``grader`` served at ``url``."""
    low, high = grader.settings.bounds
    row, result = ({"$ref": f"#/components/schemas/{name}"} for name in ("Row", "Result"))
    batch = {
        "description": "Any form of docs/contract.md; a list of rows is the usual one.",
        "anyOf": [{"type": "array", "items": row}, row],
    }
    replies = {
        "description": "One result per row, in order; other forms get their own envelope, and the "
        "setting `reply` wins.",
        "anyOf": [{"type": "array", "items": result}, {"type": "object"}],
    }
    refusals = {
        "400": "The body is not JSON.",
        "403": "The host name is not this machine's.",
        "411": "The body's length is missing.",
        "413": "The body or its reply is over 6 MB.",
        "415": "The body is not declared as application/json.",
        "500": "The server failed.",
        "503": "Too much of the batch could not be scored.",
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": grader.name,
            "version": "1",
            "description": f"{grader.template.summary} Rewards are within {low}..{high}.",
        },
        "servers": [{"url": url}],
        "paths": {
            "/": {
                "post": {
                    "operationId": "grade",
                    "summary": "Grade a batch of rollouts.",
                    "requestBody": {"required": True, "content": _json(batch)},
                    "responses": {
                        "200": {"description": "Graded.", "content": _json(replies)},
                        **{
                            status: {
                                "description": why,
                                "content": _json({"$ref": "#/components/schemas/Error"}),
                            }
                            for status, why in refusals.items()
                        },
                    },
                }
            },
            "/health": {
                "get": {
                    "operationId": "health",
                    "summary": "Whether it serves, and which grader.",
                    "responses": {
                        "200": {"description": "It does.", "content": _json({"type": "object"})}
                    },
                }
            },
        },
        "components": {"schemas": {"Turn": _TURN, "Row": _ROW, "Result": _RESULT, "Error": _ERROR}},
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
