package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine describes the class of machine, as far as the system tells.
func machine() string {
	description := fmt.Sprintf("%d cores", runtime.NumCPU())
	if model := lineValue("/proc/cpuinfo", "model name"); model != "" {
		description += ", " + model
	}
	var kilobytes int
	if _, err := fmt.Sscanf(lineValue("/proc/meminfo", "MemTotal"), "%d kB", &kilobytes); err == nil {
		description += fmt.Sprintf(", %d GB", (kilobytes+1<<19)>>20)
	}
	return description
}

// lineValue is what follows a key and a colon in a file; empty when it cannot
// be found.
func lineValue(path, key string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
