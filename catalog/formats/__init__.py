"""Ways in and out: catalog folders, UVL, DIMACS, table-constraint XML."""
