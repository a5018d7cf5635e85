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
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return r, nil, fmt.Errorf("status_address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // it listens everywhere
	}
	url := "http://" + net.JoinHostPort(host, port) + "/status"
	if token != "" {
		url += "?text=1"
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return r, nil, err
	}
	req.Header.Set("Accept", "application/json")
	if token != "" {
		req.Header.Set(tokenHeader, token)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: the service is here
	resp, err := client.Do(req)
	if err != nil {
		return r, nil, fmt.Errorf("no service answers at %s; is it running, with this status_address? (%w)", address, err)
	}
	defer resp.Body.Close()
	raw, err = io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	switch {
	case err != nil:
		return r, nil, err
	case resp.StatusCode != http.StatusOK:
		return r, nil, fmt.Errorf("%s answers with HTTP status %s: %.200s", address, resp.Status, bytes.TrimSpace(raw))
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, nil, fmt.Errorf("the answer of %s is not the status of fn-slack: %w", address, err)
	}
	return r, raw, nil
}
