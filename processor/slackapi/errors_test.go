package slackapi

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/secret"
)

func answered(status int, body string) exchange {
	return exchange{status: status, header: http.Header{}, body: []byte(body)}
}

func refusedWith(code string) exchange {
	return answered(200, fmt.Sprintf(`{"ok":false,"error":%q}`, code))
}

func TestEveryAnswerHasItsClass(t *testing.T) {
	type want string
	const (
		fine        want = "fine"
		refused     want = "refused"
		invalid     want = "invalid"
		unavailable want = "unavailable"
		unknown     want = "unknown"
	)
	cases := map[want][]exchange{
		fine: {answered(200, `{"ok":true,"ts":"1.2"}`)},
		unavailable: {
			answered(429, ""), answered(407, "a proxy's"), answered(302, ""), {unsent: true, err: errors.New("refused")},
			refusedWith("ratelimited"), refusedWith("rate_limited"), refusedWith("message_limit_exceeded"), refusedWith("service_unavailable"),
			refusedWith("request_timeout"), refusedWith("team_added_to_org"), refusedWith("org_login_required"), refusedWith("accesslimited"),
		},
		unknown: {
			answered(200, ""), answered(200, `{"ok":tr`), answered(200, "<html>"), answered(500, `{"ok":false,"error":"channel_not_found"}`),
			answered(503, ""), answered(403, "forbidden by the proxy"), answered(404, ""), answered(403, `{"error":"blocked by policy"}`), answered(200, `{}`), {err: errors.New("EOF")}, refusedWith("fatal_error"), refusedWith("internal_error"),
		},
		refused: {
			refusedWith("channel_not_found"), refusedWith("not_in_channel"), refusedWith("is_archived"), refusedWith("restricted_action"),
			refusedWith("restricted_action_read_only_channel"), refusedWith("not_authed"), refusedWith("invalid_auth"), refusedWith("token_revoked"),
			refusedWith("missing_scope"), refusedWith("two_factor_setup_required"),
		},
		invalid: {
			refusedWith("invalid_blocks"), refusedWith("msg_too_long"), refusedWith("no_text"), refusedWith("as_user_not_supported"),
			refusedWith("a_code_of_tomorrow"), answered(200, `{"ok":false}`), answered(400, `{"ok":false,"error":"invalid_arguments"}`),
		},
	}
	for want, list := range cases {
		for _, x := range list {
			_, err := x.verdict("soc")
			got := fine
			switch err.(type) {
			case *RefusedError:
				got = refused
			case *InvalidError:
				got = invalid
			case *UnavailableError:
				got = unavailable
			case *UnknownError:
				got = unknown
			}
			if string(got) != string(want) {
				t.Errorf("HTTP %d %q (%v): %s (%v), want %s", x.status, x.body, x.err, got, err, want)
			}
		}
	}
}

func TestErrorsSayWhatHappenedAndWhatToDo(t *testing.T) {
	for _, c := range []struct {
		x    exchange
		want string
	}{
		{refusedWith("channel_not_found"),
			`Slack refused the message: channel_not_found. Channel "soc" does not exist or the app cannot see it: invite the app with /invite, or correct slack_channel.`},
		{answered(200, `{"ok":false,"error":"missing_scope","needed":"chat:write","provided":"users:read"}`),
			`Slack refused the message: missing_scope. The app lacks a scope: add chat:write under OAuth & Permissions, reinstall the app, and put the new token into api_token.`},
		{answered(200, `{"ok":false,"error":"invalid_blocks","errors":["no more than 150 characters [json-pointer:/blocks/0/text/text]"],"response_metadata":{"messages":["[ERROR] no more than 150 characters [json-pointer:/blocks/0/text/text]"]}}`),
			`Slack found the message wrong: invalid_blocks ([ERROR] no more than 150 characters [json-pointer:/blocks/0/text/text]). Correct the layout script; fmt-test shows the same message.`},
		{answered(200, `{"ok":false,"error":"invalid_blocks","errors":[{"message":"too long","pointer":"/blocks/0"}]}`),
			`Slack found the message wrong: invalid_blocks (too long /blocks/0). Correct the layout script; fmt-test shows the same message.`},
		{answered(200, `{"ok":false}`),
			`Slack found the message wrong: no reason given. Correct the inputs of the function or the layout script.`},
		{answered(200, `{"ok":`),
			`it is not known whether Slack posted the message: Slack's answer of 6 bytes was cut or is not JSON: unexpected end of JSON input. Look into the channel before running the action again.`},
		{answered(200, `{"ok":true,"ts":1.2,"message":{"thread_ts":"1.1"}}`),
			`it is not known whether Slack posted the message: Slack's answer of 50 bytes was cut or is not JSON: json: cannot unmarshal number into Go value of type string. Look into the channel before running the action again.`},
		{answered(429, ""),
			`Slack could not take the message: rate limited. Nothing was posted: run the action again later.`},
		{answered(407, "proxy"),
			`Slack could not take the message: the answer (HTTP status 407) did not come from Slack's API: check the API address and the proxy. Nothing was posted: run the action again later.`},
		{answered(403, "<html>"),
			`it is not known whether Slack posted the message: the answer (HTTP status 403) did not come from Slack's API: check the API address and the proxy. Look into the channel before running the action again.`},
	} {
		_, err := c.x.verdict("soc")
		if err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// Each code that a person must act on has advice of its own.
func TestRefusalsHaveAdvice(t *testing.T) {
	for _, code := range []string{
		"channel_not_found", "not_in_channel", "is_archived", "restricted_action_thread_only_channel", "messages_tab_disabled", "team_not_found", "ekm_access_denied",
		"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "missing_scope", "no_permission", "not_allowed_token_type",
		"access_denied", "app_access_restricted", "enterprise_is_restricted", "two_factor_setup_required",
	} {
		err := &RefusedError{Code: code}
		if advice := err.advice(); advice == "Ask a Slack administrator." || strings.Contains(advice, `""`) {
			t.Errorf("%s: %s", code, advice)
		}
	}
}

func TestAPosterDoesNotPrintItsToken(t *testing.T) {
	p, err := New(Config{Token: secret.New("xoxb-5ecr3t")})
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "p", p)
	if text := fmt.Sprintf("%v %+v %#v %+v %#v", p, p, p, p.cfg, p.cfg) + logged.String(); strings.Contains(text, "5ecr3t") {
		t.Errorf("the token is in %q", text)
	}
}

func TestConfigReportsEveryProblem(t *testing.T) {
	_, err := New(Config{APIURL: "slack.com", RequestTimeout: -1, Burst: -1})
	for _, want := range []string{"api_token", `"slack.com/"`, "RequestTimeout", "Burst"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestChannelsAreForgotten(t *testing.T) {
	ls := lanes{burst: 1, byKey: map[string]*lane{}}
	start := time.Now()
	for i := range 5000 {
		l, err := ls.enter(t.Context(), fmt.Sprint("c", i), start)
		if err != nil {
			t.Fatal(err)
		}
		ls.leave(l)
	}
	if n := len(ls.byKey); n > 1024 {
		t.Errorf("%d lanes are kept", n)
	}
}

// A proxy that opens TLS, with an authority of its own, is told as the platform's
// and the broker's certificates are.
func TestACertificateIsExplained(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	_, err := (&http.Client{Transport: Transport()}).Get(s.URL)
	failed := exchange{unsent: true, err: err}
	_, got := failed.verdict("soc")
	if want := "signed by itself"; got == nil || !strings.Contains(got.Error(), want) || !strings.Contains(got.Error(), "SSL_CERT_FILE") {
		t.Errorf("got %v, want %q", got, want)
	}
}
