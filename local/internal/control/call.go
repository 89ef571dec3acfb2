package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"syscall"
	"time"
)

// ErrNotRunning says that no furl local runs on the assembly.
var ErrNotRunning = errors.New("no furl local runs on this assembly")

const (
	callTimeout = 30 * time.Second
	maxAnswer   = 1 << 20 // bytes
)

// Call asks the furl local that runs on an assembly to do something with a request, and reads its answer. Both are
// encoded as JSON. It fails with ErrNotRunning, or with the message of a refusal.
func Call(ctx context.Context, assembly, action string, request, answer any) error {
	path, err := socketOf(assembly)
	if err != nil {
		return err
	}
	if err := checkFolder(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return ErrNotRunning
	} else if err != nil {
		return err
	}
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://furl/"+action, bytes.NewReader(body))
	if err != nil {
		return err
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}
	response, err := (&http.Client{Transport: transport}).Do(r)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return ErrNotRunning
	}
	if err != nil {
		return fmt.Errorf("ask furl local: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of furl local: %w", err)
	}
	return readAnswer(response.StatusCode, text, answer)
}

// readAnswer decodes an answer. One that is not 200 is a refusal.
func readAnswer(status int, text []byte, answer any) error {
	if status == http.StatusOK {
		if err := json.Unmarshal(text, answer); err != nil {
			return errors.New("the answer of furl local is of another version of furl: start both anew")
		}
		return nil
	}
	var refused refusal
	if err := json.Unmarshal(text, &refused); err != nil || refused.Error == "" {
		return fmt.Errorf("furl local answered with status %d: it may be of another version of furl", status)
	}
	return errors.New(refused.Error)
}
