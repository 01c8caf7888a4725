"""Every operation for every kind of client, against one table.

Who may do what; and who may not even learn whether something exists.
"""
