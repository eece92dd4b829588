int broken( { return undeclared; }
