"""One record of every source form, and the row that it becomes."""

import json

from tests.data.convert_goldens_rows import HF, OPENAI_RFT, SYSTEM, USER

TOOL = {
    "type": "function",
    "function": {
        "name": "lookup",
        "description": "Finds a word.",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
    },
}
SCHEMA = TOOL["function"]["parameters"]
CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {
            "id": "c1",
            "type": "function",
            "function": {"name": "lookup", "arguments": '{"word":"ox"}'},
        }
    ],
}
ANSWERED = {"role": "tool", "content": "an animal", "tool_call_id": "c1"}
CONVERSE = {
    "modelId": "amazon.nova-2-lite-v1:0",
    "system": [{"text": "Be"}, {"text": "brief."}],
    "messages": [{"role": "user", "content": [{"text": "What is "}, {"text": "6*7?"}]}],
    "inferenceConfig": {"maxTokens": 64},
    "requestMetadata": {"project": "sums"},
}

CHAT = {
    "a request": (
        {"model": "m", "temperature": 0, "messages": [SYSTEM, USER], "metadata": {"team": "x"}},
        {"messages": [SYSTEM, USER], "team": "x"},
    ),
    "the developer's turn is the system's": (
        {"messages": [{"role": "developer", "content": "Be brief."}, USER]},
        {"messages": [SYSTEM, USER]},
    ),
    "a fine-tuning row's last turn is the gold": (
        {"messages": [SYSTEM, USER, {"role": "assistant", "content": "42", "weight": 1}]},
        {"messages": [SYSTEM, USER], "reference_answer": "42"},
    ),
    "a conversation keeps its earlier answers": (
        {
            "messages": [
                USER,
                {"role": "assistant", "content": "42"},
                USER,
                {"role": "assistant", "content": "still 42"},
            ]
        },
        {
            "messages": [USER, {"role": "assistant", "content": "42"}, USER],
            "reference_answer": "still 42",
        },
    ),
    "parts of text": (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is "},
                        {"type": "text", "text": "6*7?"},
                    ],
                }
            ]
        },
        {"messages": [USER]},
    ),
    "fields of the user's own": (
        {"id": 7, "messages": [USER], "domain": "sums"},
        {"id": "7", "messages": [USER], "domain": "sums"},
    ),
    "a preference row's better answer": (
        {
            "input": {"messages": [USER]},
            "preferred_output": [{"role": "assistant", "content": "42"}],
            "non_preferred_output": [{"role": "assistant", "content": "41"}],
        },
        {"messages": [USER], "reference_answer": "42"},
    ),
    "tools and their calls": (
        {"messages": [USER, CALLED, ANSWERED], "tools": [TOOL]},
        {"messages": [USER, CALLED, ANSWERED], "tools": [TOOL]},
    ),
    "tools as JSON in a string": (
        {"messages": [USER], "tools": json.dumps([TOOL])},
        {"messages": [USER], "tools": [TOOL]},
    ),
    "functions of the older form": (
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": None,
                    "function_call": {"name": "lookup", "arguments": '{"word":"ox"}'},
                },
                {"role": "function", "name": "lookup", "content": "an animal"},
            ],
            "functions": [TOOL["function"]],
        },
        {
            "messages": [
                USER,
                CALLED | {"tool_calls": [CALLED["tool_calls"][0] | {"id": "call_1"}]},
                ANSWERED | {"tool_call_id": "call_1"},
            ],
            "tools": [TOOL],
        },
    ),
    "a gold that calls a tool": (
        {"messages": [USER, CALLED], "tools": [TOOL]},
        {
            "messages": [USER],
            "tools": [TOOL],
            "reference_answer": {"content": None, "tool_calls": CALLED["tool_calls"]},
        },
    ),
    "a line of a batch file": (
        {
            "custom_id": "b-1",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "m", "messages": [USER], "seed": 1},
        },
        {"id": "b-1", "messages": [USER]},
    ),
    "a request beside its response": (
        {
            "request": {"model": "m", "messages": [USER]},
            "response": {"choices": [{"message": {"role": "assistant", "content": "42"}}]},
            "team": "x",
        },
        {"messages": [USER], "team": "x"},
    ),
}

INVOKE = {
    "Nova": (
        {
            "schemaVersion": "messages-v1",
            "system": [{"text": "Be brief."}],
            "messages": [{"role": "user", "content": [{"text": "What is 6*7?"}]}],
            "inferenceConfig": {"max_new_tokens": 5},
        },
        {"messages": [SYSTEM, USER]},
    ),
    "Anthropic Messages": (
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 5,
            "system": "Be brief.",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "text",
                            "text": "What is 6*7?",
                            "cache_control": {"type": "ephemeral"},
                        }
                    ],
                }
            ],
        },
        {"messages": [SYSTEM, USER]},
    ),
    "Anthropic tools": (
        {
            "anthropic_version": "bedrock-2023-05-31",
            "tools": [
                {"name": "lookup", "description": "Finds a word.", "input_schema": SCHEMA},
            ],
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "hm", "signature": "s"},
                        {"type": "tool_use", "id": "c1", "name": "lookup", "input": {"word": "ox"}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": "c1",
                            "content": [{"type": "text", "text": "an animal"}],
                        },
                        {"type": "text", "text": "What is 6*7?"},
                    ],
                },
            ],
        },
        {"messages": [USER, CALLED, ANSWERED, USER], "tools": [TOOL]},
    ),
    "Anthropic text": (
        {
            "prompt": "Be brief.\n\nHuman: What is 6*7?\n\nAssistant:",
            "max_tokens_to_sample": 5,
        },
        {"messages": [SYSTEM, USER]},
    ),
    "Llama 3": (
        {
            "prompt": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief."
            "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWhat is 6*7?<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            "max_gen_len": 5,
        },
        {"messages": [SYSTEM, USER]},
    ),
    "Llama 4": (
        {
            "prompt": "<|begin_of_text|><|header_start|>user<|header_end|>\n\nWhat is 6*7?<|eot|>"
            "<|header_start|>assistant<|header_end|>\n\n",
            "max_gen_len": 5,
        },
        {"messages": [USER]},
    ),
    "Llama 2": (
        {
            "prompt": "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWhat is 6*7? [/INST] 42 </s>"
            "<s>[INST] Sure? [/INST]",
            "max_gen_len": 5,
        },
        {
            "messages": [
                SYSTEM,
                USER,
                {"role": "assistant", "content": "42"},
                {"role": "user", "content": "Sure?"},
            ]
        },
    ),
    "Mistral prompt": (
        {"prompt": "<s>[INST] What is 6*7? [/INST]", "max_tokens": 5},
        {"messages": [USER]},
    ),
    "Mistral chat": (
        {"messages": [SYSTEM, USER], "max_tokens": 5, "safe_prompt": False},
        {"messages": [SYSTEM, USER]},
    ),
    "DeepSeek": (
        {
            "prompt": "<\uff5cbegin\u2581of\u2581sentence\uff5c>Be brief.<\uff5cUser\uff5c>"
            "What is 6*7?<\uff5cAssistant\uff5c>",
            "max_tokens": 5,
        },
        {"messages": [SYSTEM, USER]},
    ),
    "ChatML": (
        {
            "prompt": "<|im_start|>user\nWhat is 6*7?<|im_end|>\n<|im_start|>assistant\n",
            "temperature": 1,
        },
        {"messages": [USER]},
    ),
    "Titan": (
        {"inputText": "What is 6*7?", "textGenerationConfig": {"maxTokenCount": 5}},
        {"messages": [USER]},
    ),
    "Titan conversation": (
        {"inputText": "User: Hi\nBot: Hello\nUser: What is 6*7?\nBot:"},
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello"},
                USER,
            ]
        },
    ),
    "Cohere prompt": ({"prompt": "What is 6*7?", "p": 0.5, "k": 3}, {"messages": [USER]}),
    "Cohere chat": (
        {
            "message": "What is 6*7?",
            "preamble": "Be brief.",
            "chat_history": [
                {"role": "USER", "message": "Hi"},
                {"role": "CHATBOT", "message": "Hello"},
            ],
            "tools": [
                {
                    "name": "lookup",
                    "description": "Finds a word.",
                    "parameter_definitions": {"word": {"type": "str", "required": True}},
                }
            ],
        },
        {
            "messages": [
                SYSTEM,
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello"},
                USER,
            ],
            "tools": [
                {
                    "type": "function",
                    "function": TOOL["function"] | {"parameters": SCHEMA | {"required": ["word"]}},
                }
            ],
        },
    ),
    "the arguments of a call": (
        {
            "modelId": "meta.llama3-8b-instruct-v1:0",
            "body": json.dumps({"prompt": "[INST]What is 6*7?[/INST]", "max_gen_len": 5}),
            "contentType": "application/json",
        },
        {"messages": [USER]},
    ),
    "a line of batch inference": (
        {"recordId": "r1", "modelInput": {"inputText": "What is 6*7?"}, "modelOutput": {}},
        {"id": "r1", "messages": [USER]},
    ),
}

CONVERSES = {
    "a call": (
        CONVERSE,
        {
            "messages": [{"role": "system", "content": "Be\n\nbrief."}, USER],
            "project": "sums",
        },
    ),
    "tools": (
        {
            "modelId": "m",
            "messages": [
                {"role": "user", "content": [{"text": "What is 6*7?"}]},
                {
                    "role": "assistant",
                    "content": [
                        {"reasoningContent": {"reasoningText": {"text": "hm"}}},
                        {"toolUse": {"toolUseId": "c1", "name": "lookup", "input": {"word": "ox"}}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"toolResult": {"toolUseId": "c1", "content": [{"text": "an animal"}]}}
                    ],
                },
            ],
            "toolConfig": {
                "tools": [
                    {
                        "toolSpec": {
                            "name": "lookup",
                            "description": "Finds a word.",
                            "inputSchema": {"json": SCHEMA},
                        }
                    }
                ]
            },
        },
        {"messages": [USER, CALLED, ANSWERED], "tools": [TOOL]},
    ),
    "guarded and cached text": (
        {
            "modelId": "m",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"guardContent": {"text": {"text": "What is 6*7?"}}},
                        {"cachePoint": {"type": "default"}},
                    ],
                }
            ],
        },
        {"messages": [USER]},
    ),
}

GEMINI = {
    "a row of tuning": (
        {
            "systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "What is "}, {"text": "6*7?"}]},
                {"role": "model", "parts": [{"text": "42"}]},
            ],
        },
        {"messages": [SYSTEM, USER], "reference_answer": "42"},
    ),
    "a request as Python spells it": (
        {
            "system_instruction": {"parts": [{"text": "Be brief."}]},
            "contents": [{"parts": [{"text": "What is 6*7?"}]}],
            "generation_config": {"temperature": 0},
            "labels": {"team": "x"},
        },
        {"messages": [SYSTEM, USER], "team": "x"},
    ),
    "tools and their calls": (
        {
            "contents": [
                {"role": "user", "parts": [{"text": "What is 6*7?"}]},
                {
                    "role": "model",
                    "parts": [
                        {"text": "hm", "thought": True},
                        {
                            "functionCall": {"id": "c1", "name": "lookup", "args": {"word": "ox"}},
                            "thoughtSignature": "s",
                        },
                    ],
                },
                {
                    "role": "user",
                    "parts": [
                        {"functionResponse": {"name": "lookup", "response": {"is": "an animal"}}}
                    ],
                },
            ],
            "tools": [
                {
                    "functionDeclarations": [
                        {
                            "name": "lookup",
                            "description": "Finds a word.",
                            "parameters": {
                                "type": "OBJECT",
                                "properties": {"word": {"type": "STRING"}},
                            },
                        }
                    ]
                }
            ],
        },
        {
            "messages": [USER, CALLED, ANSWERED | {"content": '{"is":"an animal"}'}],
            "tools": [TOOL],
        },
    ),
    "a request beside its reply": (
        {
            "request": {"contents": [{"role": "user", "parts": [{"text": "What is 6*7?"}]}]},
            "response": {"candidates": [{"content": {"parts": [{"text": "42"}]}}]},
            "team": "x",
        },
        {"messages": [USER], "team": "x"},
    ),
}

GOLDENS = {
    f"{form}: {name}": (form, record, row)
    for form, cases in (
        ("chat", CHAT),
        ("invoke", INVOKE),
        ("converse", CONVERSES),
        ("gemini", GEMINI),
        ("openai-rft", OPENAI_RFT),
        ("hf", HF),
    )
    for name, (record, row) in cases.items()
}
