"""``python -m shiver`` prints the versions of Shiver and of what it works with."""

from shiver.versions import show_versions

if __name__ == "__main__":
    show_versions()
