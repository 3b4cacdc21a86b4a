import importlib
import subprocess
import sys

import pytest

import touchstone

PUBLIC = ("touchstone", "touchstone.judge", "touchstone.adapters", "touchstone.templates")


@pytest.mark.parametrize("module", PUBLIC)
def test_all_that_is_public_is_there(module):
    public = importlib.import_module(module)
    assert public.__all__
    assert all(getattr(public, name).__doc__ for name in public.__all__ if name != "Cause")


def test_what_is_not_public_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        touchstone.nothing  # noqa: B018


def test_the_package_imports_nothing_before_it_is_asked():
    program = "import sys, touchstone; sys.exit('touchstone.contract' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
