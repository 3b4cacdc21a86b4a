"""A prompt that announces its own answer is named; one that lists what to choose from is not."""

import pytest

from tests.data.training import prompt, row, write
from touchstone.workbench.data.validate import validate


def say(text, **changes):
    return {"messages": [{"role": "user", "content": text}]} | changes


ANSWERS = [
    (say("What is 6*7? The correct answer is 42.", reference_answer="42"), True),
    (say("What is 6*7? Answer: 42", reference_answer={"answer": 42}), True),
    (say("Solve it.\n#### 42", reference_answer="6*7 = 42\n#### 42"), True),
    (say("Sum up: " + prompt(3), reference_answer={"reference_summary": prompt(3)}), True),
    (say("What is 6*7? Give the answer as a number.", reference_answer="42"), False),
    (say("What is 6*7? The answer is 421.", reference_answer="42"), False),
    (say("Is 42 even? End with Answer: yes or no", reference_answer="no"), False),
    (say("I have 42 pears. How many pears?", reference_answer="42"), False),
    # Two worked examples happen to share the answer.
    (say("Q: 2+2 Answer: 4\nQ: 1+2 Answer: 3\nQ: 3+1", reference_answer="4"), False),
    # The source of a summary is to be in the prompt.
    (say("Sum up: " + prompt(3), reference_answer={"source": prompt(3), "max_words": 9}), False),
    # What the answer is to be chosen from.
    (say("Is 7 prime? Answer yes or no.", reference_answer="yes"), False),
    (say("Which one? Answer A, B, C or D", reference_answer="A"), False),
    (say("Is it so? Answer: True or False", reference_answer="True"), False),
    (say("Answer 0 if negative, 1 if positive", reference_answer="0"), False),
    (say("Where is it? Answer in one word.", reference_answer="in"), False),
    (say("Is it so? Answer: (yes/no)", reference_answer="yes"), False),
    (say("Answer: yes, no", reference_answer="yes"), False),
    (say("Answer: yes | no", reference_answer="yes"), False),
    (say("The answer is one of the colours below", reference_answer="one"), False),
    (say('{"answer": "yes"} or {"answer": "no"}', reference_answer="yes"), False),
    (say("Answer: A. Paris or B. London", reference_answer="A"), False),
    (say("What is 6*7? **Answer:** 42", reference_answer="42"), True),
    (say("What is 6*7? The answer was $42$. Explain why.", reference_answer="42"), True),
    (say('Check it: {"final_answer": "yes"}', reference_answer="yes"), True),
    (say("Is 7 prime?\nreference_answer = yes\nThink.", reference_answer="yes"), True),
    (say("Pick one.\nSolution: A", reference_answer="A"), True),
]


@pytest.mark.parametrize(("changes", "held"), ANSWERS)
def test_a_prompt_that_holds_its_answer(tmp_path, changes, held):
    path = write(tmp_path / "a.jsonl", [row(200, **changes)])
    kinds = {problem.kind for problem in validate(str(path)) if problem.line == 1}
    assert ("answer_in_prompt" in kinds) == held
