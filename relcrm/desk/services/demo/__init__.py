"""The demo library: invented people, their words in five languages, and a year of history."""

from relcrm.desk.services.demo.load import load_demo

__all__ = ["load_demo"]
