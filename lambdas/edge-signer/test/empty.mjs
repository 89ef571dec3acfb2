// The empty module with which importTimes compares.
