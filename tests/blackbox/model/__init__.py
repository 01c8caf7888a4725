"""The program against a model: whatever clients do, in whatever order, both answer the same.

`model` is the standard as a plain program in memory, written from its text; `clients` is what
clients send; `program` is the real thing, on a real database.
"""
