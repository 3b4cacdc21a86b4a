"""A model of a few thousand random numbers, which learns in a second what a large one would."""

from pathlib import Path

import pytest
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from touchstone.workbench.rehearse.model import load

TEMPLATE = (
    "{% for turn in messages %}{{ turn['role'][0] }}{{ turn['content'] }};{% endfor %}"
    "{% if add_generation_prompt %}a{% endif %}"
)


def tokenizer() -> PreTrainedTokenizerFast:
    letters = "abcdefghijklmnopqrstuvwxyz;? "
    vocabulary = {token: n for n, token in enumerate(["<end>", "<unk>", *letters])}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<end>", unk_token="<unk>", chat_template=TEMPLATE
    )


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A Hugging Face folder of such a model, weights untied so that both embeddings exist."""
    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    words = tokenizer()
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": False}
    config = LlamaConfig(
        vocab_size=len(words), max_position_embeddings=64, eos_token_id=0, bos_token_id=None,
        initializer_range=0.4, **shape, **heads,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


@pytest.fixture
def policy(tiny):
    return load(tiny)
