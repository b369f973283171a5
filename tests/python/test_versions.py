"""What the package says of itself: versions, what is installed, `python -m shiver`.

Holds `show_versions` of the contract and item 7 of the main job: `py.typed`, stubs, the names.
"""

from __future__ import annotations

import importlib.metadata
import pathlib
import platform
import subprocess
import sys

import numpy as np
import pytest

import shiver

NAMES = """
    from_c module_from_c from_llvm add_symbol empty_fn shared_module parfor run strided
    Function Module GenericValue
    const const_int const_float python_to_lltype lltype_to_dtype lltype_to_numpy_type
    lltype_to_ctype dtype_to_ctype_name is_llvm_float_type is_llvm_int_type is_llvm_ptr_type
    ty_void ty_int8 ty_int16 ty_int32 ty_int64 ty_float32 ty_float64
    ty_ptr_int8 ty_ptr_int16 ty_ptr_int32 ty_ptr_int64 ty_ptr_float32 ty_ptr_float64
    set_num_threads get_num_threads threads show_versions
    ShiverError CompileError LinkError CompileWarning
""".split()


@pytest.mark.parametrize("name", NAMES)
def test_name_is_public(name):
    assert getattr(shiver, name) is not None
    assert name in shiver.__all__
    assert name in dir(shiver)


def test_everything_in_all_is_there():
    assert len(set(shiver.__all__)) == len(shiver.__all__)
    for name in shiver.__all__:
        getattr(shiver, name)


def test_an_absent_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        shiver.no_such_name  # noqa: B018


def test_version_is_the_installed_packages():
    assert shiver.__version__ == importlib.metadata.version("shiver")


def test_show_versions_prints_what_a_report_of_a_fault_needs(capsys):
    shiver.show_versions()
    out = capsys.readouterr().out
    for word in (shiver.__version__, "LLVM", platform.python_version(), np.__version__):
        assert word in out


def test_python_m_shiver_prints_the_same():
    done = subprocess.run(
        [sys.executable, "-m", "shiver"], capture_output=True, text=True, timeout=60, check=True
    )
    for word in (shiver.__version__, "LLVM", platform.python_version(), np.__version__):
        assert word in done.stdout
    assert done.stderr == ""


def test_types_travel_with_the_package():
    folder = pathlib.Path(shiver.__file__).parent
    assert (folder / "py.typed").is_file()
    assert list(folder.rglob("*.pyi"))


def test_licences_travel_with_the_package():
    files = importlib.metadata.files("shiver") or []
    assert any("LICENSE" in file.name.upper() for file in files)
