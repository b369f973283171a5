"""The tests keep out of the user's cache, and find the programs beside them."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

CACHE = tempfile.mkdtemp(prefix="shiver-tests-")
os.environ["SHIVER_CACHE_DIR"] = CACHE
atexit.register(shutil.rmtree, CACHE, ignore_errors=True)
sys.path.insert(0, str(Path(__file__).parent))
