"""The window for replay and review: what was found, beside what is true, decided by a person.

It knows a service (:mod:`livespot.review.orders`), which opens, plays, analyses, reads and writes; here
everything is shown.
"""
