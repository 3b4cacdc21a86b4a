"""A template as a team customises it, in a file of their own."""

from touchstone.templates import get_template

APPROVED = ["numpy"]

grader = get_template("code_verification").customize(
    weights={"tests_passed": 0.5, "code_quality": 0.5},
    quality_weights={"internal_standards": 1, "approved_libraries": 1},
    internal_standards=[{"name": "print", "must": "not_appear", "message": "log, do not print"}],
    approved_libraries=APPROVED,
    test_frameworks=["pytest"],
)
