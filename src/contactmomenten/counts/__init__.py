"""Counts that are kept, so that lists cost the same at any size (decision 0009).

`definitions` says what is counted, `folding` keeps it up to date, `building` makes it from nothing,
`checking` compares it with a recount; `reading` has the SQL by which lists use it.
"""
