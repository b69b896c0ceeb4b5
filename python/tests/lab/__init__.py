"""Servers that nobody here wrote: nanoidp and simplesamlphp behind nginx, PostgreSQL behind psqlODBC."""
