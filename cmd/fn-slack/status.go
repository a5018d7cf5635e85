package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// errNotReady is for the exit status: the report has said why.
var errNotReady = errors.New("the service is not ready")

func statusCommand(env environment) *cobra.Command {
	var showText, asJSON bool
	var address string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Print the status of the running service",
		Long: "Ask the running service for its status and print it. The address is status_address of the settings.\n" +
			"The exit status is 0 when the service is ready for calls, else 1.",
		Example: "  fn-slack status\n  fn-slack status --json",
		Args:    noArgs,
	}
	flags := newSettingsFlags(cmd)
	cmd.Flags().BoolVar(&showText, "show-text", false, "show errors as the platform got them; they may quote incidents")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&address, "address", "", "the service's status_address, in the place of the settings'")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if address == "" {
			s, err := flags.load(env)
			if s == nil || s.Slack.StatusAddress == "" && err != nil {
				return err
			}
			if address = s.Slack.StatusAddress; address == "" {
				return errors.New("status_address is off in the settings")
			}
		}
		text, err := askStatus(cmd.Context(), address, showText)
		if err != nil {
			return err
		}
		var r report
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("the answer of %s is not the status of fn-slack: %w", address, err)
		}
		if asJSON {
			if _, err := env.stdout.Write(text); err != nil {
				return err
			}
		} else {
			r.print(env.stdout)
		}
		if !r.Ready {
			return reported{errNotReady}
		}
		return nil
	}
	return cmd
}

func askStatus(ctx context.Context, address string, text bool) ([]byte, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("status_address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // it listens everywhere
	}
	url := "http://" + net.JoinHostPort(host, port) + "/status"
	if text {
		url += "?text=1"
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: the service is here
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no service answers at %s; is it running, with this status_address? (%w)", address, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers with HTTP status %s", address, resp.Status)
	}
	return body, err
}
