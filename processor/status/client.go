package status

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Ask gets the report of the service that serves its status at an address,
// host:port, on this machine, within ten seconds: raw as it was sent, and read.
// With a token, that of [ReadToken], the errors of calls may quote incidents, see
// [Board.Report]; an empty one is none.
func Ask(ctx context.Context, address, token string) (r Report, raw []byte, err error) {
	path := "/status"
	if token != "" {
		path += "?text=1"
	}
	if raw, err = get(ctx, address, path, token); err != nil {
		return r, nil, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, nil, fmt.Errorf("the answer of %s is not the status of fn-slack: %w", address, err)
	}
	return r, raw, nil
}

// Get gets a page of that service, /status or /metrics, as it was sent, without
// text of incidents.
func Get(ctx context.Context, address, path string) ([]byte, error) {
	return get(ctx, address, path, "")
}

func get(ctx context.Context, address, path, token string) ([]byte, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("status_address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // it listens everywhere
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if token != "" {
		req.Header.Set(tokenHeader, token)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: the service is here
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no service answers at %s; is it running, with this status_address? (%w)", address, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers with HTTP status %s: %.200s", address, resp.Status, bytes.TrimSpace(raw))
	}
	if err != nil {
		return nil, err
	}
	return raw, nil
}
