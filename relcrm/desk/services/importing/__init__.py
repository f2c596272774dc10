"""The import wizard: files that wait, what will become of them, and the runs behind the pages."""
