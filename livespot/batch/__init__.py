"""Many recordings analysed one after the other, each with a folder of results that a later run finds again."""
