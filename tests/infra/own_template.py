"""A template as a team customises it in a file, for the tests of what is deployed."""

from touchstone.templates import get_template

grader = get_template("code_verification").customize(
    internal_standards=[{"name": "print", "must": "not_appear"}],
    approved_libraries=["numpy"],
)
