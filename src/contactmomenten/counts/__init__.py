"""Counts that are kept, so that lists cost the same at any size (decision 0009).

`definitions` says what is counted. `folding` adds what came since, `building` makes counts and
blocks from the rows (`texts` those in the order of text, `value_blocks` those of values),
`rebuilding` makes all of them anew and `checking` compares them with a recount. `reading`,
`periods` and `groups` (rows with the same value) have the SQL by which lists use them.
"""
