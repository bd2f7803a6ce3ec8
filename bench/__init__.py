"""Every performance or quality claim, as a program."""
