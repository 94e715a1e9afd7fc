// Package loggers holds package format to what the loggers of Go's libraries and frameworks
// really write: its tests run each of them on loopback and read the lines back. It is a
// module of its own, so that the analyzer needs none of them.
package loggers
