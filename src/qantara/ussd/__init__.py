"""The same flows for phones without a browser: menus of text that a gateway carries."""
