"""One row of every form of dataset, and the row that it becomes."""

import json

USER = {"role": "user", "content": "What is 6*7?"}
SYSTEM = {"role": "system", "content": "Be brief."}

OPENAI_RFT = {
    "a reference beside the messages": (
        {"messages": [USER], "reference_answer": {"value": "42"}, "level": 3},
        {"messages": [USER], "reference_answer": {"value": "42"}, "level": 3},
    ),
    "the first of several references": (
        {"messages": [USER], "solution": "6*7=42", "answer": "42"},
        {"messages": [USER], "reference_answer": "42", "solution": "6*7=42", "answer": "42"},
    ),
    "an item": (
        {"item": {"input": [USER], "ground_truth": "42", "level": 3}},
        {"messages": [USER], "reference_answer": "42", "ground_truth": "42", "level": 3},
    ),
}

HF = {
    "prompt and completion": (
        {"prompt": "What is 6*7?", "completion": "42"},
        {"messages": [USER], "reference_answer": "42"},
    ),
    "question and answer": (
        {"id": "q1", "question": "What is 6*7?", "answer": "42", "level": 1},
        {"id": "q1", "messages": [USER], "reference_answer": "42", "level": 1},
    ),
    "turns as from and value": (
        {
            "conversations": [
                {"from": "system", "value": "Be brief."},
                {"from": "human", "value": "What is 6*7?"},
                {"from": "gpt", "value": "42"},
            ]
        },
        {"messages": [SYSTEM, USER], "reference_answer": "42"},
    ),
    "prompt and completion as turns": (
        {"prompt": [SYSTEM, USER], "completion": [{"role": "assistant", "content": "42"}]},
        {"messages": [SYSTEM, USER], "reference_answer": "42"},
    ),
    "instruction and input": (
        {"instruction": "Multiply.", "input": "6, 7", "output": "42"},
        {"messages": [{"role": "user", "content": "Multiply.\n\n6, 7"}], "reference_answer": "42"},
    ),
    "a viewer's row": (
        {"row_idx": 0, "row": {"question": "What is 6*7?", "answer": "42"}, "truncated_cells": []},
        {"messages": [USER], "reference_answer": "42"},
    ),
    "verl": (
        {
            "data_source": "sums",
            "prompt": [USER],
            "reward_model": {"style": "rule", "ground_truth": "42"},
        },
        {
            "messages": [USER],
            "reference_answer": "42",
            "data_source": "sums",
            "reward_model": {"style": "rule", "ground_truth": "42"},
        },
    ),
    "a system column": (
        {"system": "Be brief.", "messages": [USER], "domain": "sums"},
        {"messages": [SYSTEM, USER], "domain": "sums"},
    ),
    "a request of OpenAI's Responses": (
        {"model": "m", "instructions": "Be brief.", "input": [USER]},
        {"messages": [SYSTEM, USER], "model": "m"},
    ),
    "a prompt with a model's tokens": (
        {"prompt": "<s>[INST] What is 6*7? [/INST]", "answer": "42"},
        {"messages": [USER], "reference_answer": "42"},
    ),
    "a cell that holds turns": (
        {"messages": json.dumps([USER]), "answer": "42"},
        {"messages": [USER], "reference_answer": "42"},
    ),
}
