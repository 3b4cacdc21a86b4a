"""Runs app.py, with packages for the Python in ``argv[1]``: ``synth.py 3.13``.

A machine without the deployed version gets locks and wheels for its own.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from touchstone.infra import lock, package  # noqa: E402
from touchstone.infra.app import synthesize  # noqa: E402

version = sys.argv[1]
# Apart from what is being built for a real account.
package.BUILD = ROOT / "build" / "e2e" / version
if version != package.PYTHON:
    package.PYTHON = lock.PYTHON = version
    package.LOCKS = lock.LOCKS = package.BUILD / "requirements"
    package.LOCKS.mkdir(parents=True, exist_ok=True)
    lock.main()
# The CDK runs it in the folder of cdk.json.
synthesize(Path.cwd())
