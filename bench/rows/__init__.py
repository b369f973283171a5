"""The rows, a file each: `rows(small)` yields comparisons, and frees what they used in between."""
