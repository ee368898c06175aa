"""The audit site as people use it: in a browser, from a folder, with no network."""
