"""What the black-box tests stand on; all but `inside` know nothing of the program."""
