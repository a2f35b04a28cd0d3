package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// memory is what the process holds, in bytes. Where the system does not tell,
// process is 0.
type memory struct{ heap, process int64 }

func memoryNow() memory {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	m := memory{heap: int64(sample[0].Value.Uint64())}
	content, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return m
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(content), &size, &resident); err == nil {
		m.process = resident * int64(os.Getpagesize())
	}
	return m
}

// watchMemory runs f and returns by how much memory grew at the peak.
func watchMemory(f func() error) (memory, error) {
	runtime.GC()
	debug.FreeOSMemory()
	before := memoryNow()
	done, peak := make(chan struct{}), make(chan memory)
	go func() {
		highest := before
		ticker := time.NewTicker(2 * time.Millisecond)
		defer ticker.Stop()
		for {
			now := memoryNow()
			highest.heap, highest.process = max(highest.heap, now.heap), max(highest.process, now.process)
			select {
			case <-done:
				peak <- highest
				return
			case <-ticker.C:
			}
		}
	}()
	err := f()
	close(done)
	highest := <-peak
	return memory{highest.heap - before.heap, highest.process - before.process}, err
}
