"""A whole landscape on one machine: this API with stand-ins of all that it works with."""
