"""The customer's app. A page is a file here and a line in `registry`."""
