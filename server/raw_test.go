package server_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/server"
)

// raw sends bytes and returns the statuses of all answers until the server
// closes the connection, or says nothing for a while.
func raw(t *testing.T, addr string, parts ...string) (statuses []int, closed bool) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go func() {
		for _, part := range parts {
			if _, err := io.WriteString(conn, part); err != nil {
				return // the server has had enough
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	reader := bufio.NewReader(conn)
	for {
		if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return statuses, !errors.Is(err, os.ErrDeadlineExceeded)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return statuses, true
		}
		statuses = append(statuses, response.StatusCode)
	}
}

func TestT50_RequestsAreNotSmuggled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	addr := b.run()
	const host = "Host: bi.example.com\r\n"
	const hidden = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
	post := "POST " + base + "/session/login HTTP/1.1\r\n" + host + "Content-Type: " + formType + "\r\n"
	for name, tt := range map[string]struct {
		request string
		want    []int // a second answer would be that of the hidden request
	}{
		"length and chunks":           {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n23\r\n" + hidden + "\r\n0\r\n\r\n", []int{400}},
		"two lengths":                 {post + "Content-Length: 0\r\nContent-Length: 35\r\n\r\n" + hidden, []int{400}},
		"a list of lengths":           {post + "Content-Length: 0, 35\r\n\r\n" + hidden, []int{400}},
		"a signed length":             {post + "Content-Length: +0\r\n\r\n" + hidden, []int{400}},
		"a negative length":           {post + "Content-Length: -1\r\n\r\n" + hidden, []int{400}},
		"a length and letters":        {post + "Content-Length: 0x0\r\n\r\n" + hidden, []int{400}},
		"unknown encoding":            {post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden, []int{501}},
		"two encodings":               {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + hidden, []int{501}},
		"encoding twice":              {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden, []int{501}},
		"blank before the colon":      {post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden, []int{400}},
		"a name with a control":       {post + "Transfer-Encoding\x00: chunked\r\n\r\n0\r\n\r\n" + hidden, []int{400}},
		"a value with a return":       {post + "X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, []int{400}},
		"a size of chunk in disguise": {post + "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + hidden, []int{400}},
		"two hosts":                   {"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", []int{400}},
		"no host":                     {"GET /healthz HTTP/1.1\r\n\r\n", []int{400}},
		"unknown version":             {"GET /healthz HTTP/3.0\r\n" + host + "\r\n", []int{505}},
		"an honest request":           {"GET /healthz HTTP/1.1\r\n" + host + "\r\n", []int{200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, _ := raw(t, addr, tt.request); !slices.Equal(got, tt.want) {
				t.Errorf("answers %v, want %v", got, tt.want)
			}
		})
	}
}

func TestT50_HeadersAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *server.Config) { c.HeaderTimeout = 200 * time.Millisecond })
	addr := b.run()
	const start = "GET /healthz HTTP/1.1\r\nHost: bi.example.com\r\n"
	if got, closed := raw(t, addr, start+"X: "+strings.Repeat("a", 200<<10)+"\r\n\r\n"); len(got) != 1 || got[0] != http.StatusRequestHeaderFieldsTooLarge || !closed {
		t.Errorf("a long header: %v, closed %v", got, closed)
	}
	if got, closed := raw(t, addr, start+strings.Repeat("X: a\r\n", 200<<10)+"\r\n"); len(got) != 1 || got[0] != http.StatusRequestHeaderFieldsTooLarge || !closed {
		t.Errorf("many headers: %v, closed %v", got, closed)
	}
	if got, closed := raw(t, addr, "GET /"+strings.Repeat("a", 70<<10)+" HTTP/1.1\r\nHost: x\r\n\r\n"); len(got) != 1 || got[0] != http.StatusRequestURITooLong || closed {
		t.Errorf("a long address: %v, closed %v", got, closed)
	}
	// One byte at a time does not keep a connection.
	slow := strings.Split("GET /healthz HTTP/1.1\r\nX: "+strings.Repeat("a", 100), "")
	began := time.Now()
	got, closed := raw(t, addr, slow...)
	if len(got) > 1 || len(got) == 1 && got[0] != http.StatusRequestTimeout && got[0] != http.StatusBadRequest || !closed {
		t.Errorf("a slow header: %v, closed %v", got, closed)
	}
	if took := time.Since(began); took > 900*time.Millisecond {
		t.Errorf("a slow header held its connection for %v", took)
	}
	if got, closed := raw(t, addr, start+"\r\n"); len(got) != 1 || got[0] != 200 || closed {
		t.Errorf("an honest request: %v, closed %v", got, closed)
	}
}
