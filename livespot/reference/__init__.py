"""The reference page: every column, key, event and exit code, made from the code (see REFERENCE.md).

What a thing is called and which values it takes is read from the code that uses it; what it means stands in the
docstring of a key, an attribute or an error, or in :mod:`.columns`, :mod:`.summary_keys` and :mod:`.events` where the
code has only a name.
"""
