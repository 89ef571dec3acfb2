// What importTimes compares with: nothing.
