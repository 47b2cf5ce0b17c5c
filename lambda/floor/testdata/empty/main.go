// Empty is the least that Go can start: it says so and ends.
package main

func main() { println() }
