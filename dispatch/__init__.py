"""The desk: decides what happens. Pure: no I/O, no clock, no async, no logging; time and ids are arguments."""
