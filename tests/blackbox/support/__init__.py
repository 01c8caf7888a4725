"""What the black-box tests stand on; nothing in here knows the program's source."""
