package main

import "strconv"

// Reads jump about among the keys that exist: a prime, so that they meet every key before they come back to one.
const readStride = 7_919

// nameOf is the key of the n-th operation.
func (c config) nameOf(n int64) string {
	if c.operation == "read" {
		n = n * readStride % c.keys
	}
	return c.prefix + "." + strconv.FormatInt(n, 10)
}

// valueOf is the value that belongs to a name, so that a read can tell it from every other: a JSON string, which can stand
// in a batch as it is.
func (c config) valueOf(name string) []byte {
	value := make([]byte, c.valueBytes)
	value[0] = '"'
	for at := 1 + copy(value[1:], name); at < len(value); at++ {
		value[at] = 'x'
	}
	value[len(value)-1] = '"'
	return value
}
