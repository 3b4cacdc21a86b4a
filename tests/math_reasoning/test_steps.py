import pytest

from touchstone.templates.math_reasoning.steps import check_steps

FALSE = [
    ("She has <<16-3=12>>12 left.", "16-3=12"),
    ("Then 3 * 5 = 16 apples.", "3 * 5 = 16"),
    ("So $\\frac12 + \\frac13 = \\frac25$.", "\\frac12 + \\frac13 = \\frac25"),
    ("10 / 4 = 2.6", "10 / 4 = 2.6"),
    ("2x + 3 = 7\n2x = 5", "2x + 3 = 7, so 2x = 5"),
    ("$$2 + 3 = 5$$ and $$5 \\times 4 = 21$$", "5 \\times 4 = 21"),
    ("We pay $100 + $25 = $130.", "100 + $25 = $130"),
    ("20 / 80 = 30%", "20 / 80 = 30%"),
]  # fmt: skip
FALSE += [
    ("5 apples * 2 = 12", "5 * 2 = 12"),
    ("Total = 5 + 10 = 16", "5 + 10 = 16"),
    ("**3 + 4 = 8**", "3 + 4 = 8"),
    ("12 eggs + 3 eggs = 16 eggs", "12 + 3 = 16"),
    ("10 ÷ 3 ≈ 3.43", "10 ÷ 3 ≈ 3.43"),
    ("c = √25 = 6", "√25 = 6"),
    ("12 times 7 is 86.", "12 * 7 = 86"),
    ("2x + 5 = 17 → 2x = 10", "2x + 5 = 17, so 2x = 10"),
    ("1. 2x + 5 = 17\n2. 2x = 10", "2x + 5 = 17, so 2x = 10"),
    ("sin 30° = 0.6", "sin 30° = 0.6"),
    ("$7 > 9$", "7 > 9"),
]
TRUE = [
    "log₂ 64 = 6 because 2⁶ = 64, and log₃ 9 = 2 because 3² = 9.",
    "20% of 50 = 10",
    "84 eggs \N{MINUS SIGN} 5 eggs = 79 eggs",
    "150 km / 2.5 h = 60 km/h",
    "$\\log 1000 + \\log 10 = 4$",
    "$\\tan 45 = 1$",
    "$6.0\\times10^{-3} / 2.0\\times10^{-6} = 3.0\\times10^{3}$",
    "1'200 + 300 = 1'500",
    "12,50 € \N{MINUS SIGN} 2,75 € = 9,75 €. Die Antwort ist 9,75 €",
    "16 - 3 = <<16-3=13>>13 eggs",
    "3 * 5 = 15 and $3 \\cdot 5 = 15$",
    "10 / 3 = 3.33",
    "10 / 3 = 3.3333 dollars",
    "2 / 3 ≈ 0.67",
    "5/6 = 0.83",
    "$100 + $25 = $125.",
    "20 / 80 = 25%",
    "20 / 80 * 100 = 25%",
    "\\begin{align*} A &= 3 \\cdot 4 \\\\ &= 12 \\end{align*}",
    "2x + 3 = 7\n2x = 4\nx = 2",
    "3 x 4 = 12",
    "1,200 + 300 = 1,500",
    "\\(\\sqrt{16} + 1 = 5\\)",
]
NOT_CLAIMS = [
    "Then 3b + 10 = 2(b + 10), so 3b + 10 = 2b + 20 and b = 10.",
    "$7^{10} \\equiv 2^{10} = 1024 \\pmod 5$",
    "The solutions are:\n\n- x = 1\n- x = 2\n- $x = \\frac{3}{2}$\n- $x = -2$",
    "half of 10 + 2 = 6",
    "x + 3 * 5 = 20",
    "y = 3 * 5 + x",
    "7 / 2 = 3 remainder 1",
    "100 ÷ 7 = 14 R2",
    "100 / 7 = 14 with 2 left over",
    "Is 7 * 8 = 54?",
    "$45 + 8% = $45 + $3.60",
    "3 = 3",
    "79 + 0 = 79",
    "84 = 84*1",
    "Let x = 5. If x = 6 then it fails.",
    "There are 12 seats.",
    "3 + 4x = 7x",
]


@pytest.mark.parametrize(("text", "claim"), FALSE)
def test_the_first_false_claim_is_named(text, claim):
    assert check_steps(text).false[0].strip("$") == claim


@pytest.mark.parametrize("text", TRUE)
def test_true_claims_are_checked(text):
    steps = check_steps(text)
    assert steps.checked >= 1
    assert steps.false == ()


@pytest.mark.parametrize("text", NOT_CLAIMS)
def test_what_is_not_certain_is_no_claim(text):
    assert check_steps(text).checked == 0


def test_a_claim_that_is_repeated_counts_once():
    assert check_steps("3 * 5 = 15\n" * 50).checked == 1
