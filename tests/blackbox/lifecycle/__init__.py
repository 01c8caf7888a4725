"""The life of the program with its database: reloads, hand-overs, cuts, upgrades, kills."""
