"""The pages of an institution's staff. A page is a file here and a line in `registry`."""
