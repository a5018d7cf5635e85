package resilienttest

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// The one organisation, and its one message destination.
const (
	OrgID       = 201
	OrgName     = "TestOrg"
	Destination = "slack"
	Queue       = "actions.201.slack" // to the service
	ReplyQueue  = "acks.201.slack"    // from the service
)

// Config says what a platform is like. The zero value works.
type Config struct {
	// Port of the REST API, and STOMPPort of the broker. Zero means any; a port
	// that is taken means any, too, unless FixedPorts is set.
	Port, STOMPPort int
	FixedPorts      bool
	// Dir gets the file of the certificate authority. Empty means a folder of
	// its own, which Close removes.
	Dir string
	// Expires is when the server's certificate expires; zero means in 90 days.
	Expires time.Time

	// Credentials; empty ones get defaults. All of them work for REST and STOMP.
	APIKeyID, APIKeySecret string
	Email, Password        string

	// Empty is an organisation into which nothing was imported. Otherwise it has
	// what the original package leaves there, as existing customers have.
	Empty bool
	// Later is an organisation that has what the package 2.1 leaves there instead.
	Later bool
	// Channel is the slack_channel that the original's workflows send to; empty
	// means test-this-channel, as they are delivered.
	Channel string
	// TextArea sends slack_details as {format, content}, as where a customer
	// has made that input a text area.
	TextArea bool
	// BrokerName is the server header of the broker; see stomptest.Config.
	BrokerName string

	// Pages is the address, host:port on loopback, of a page that shows the
	// incidents; empty is none. A port that is taken means any.
	Pages string

	Log *slog.Logger // nil is silent
}

// Platform is a running stand-in. All methods may be called from any goroutine.
type Platform struct {
	cfg     Config
	host    string
	port    int
	caFile  string
	tempDir string
	broker  *stomptest.Server
	server  *http.Server
	log     *slog.Logger

	pagesURL    string
	pagesServer *http.Server
	stop        context.CancelFunc
	work        sync.WaitGroup

	mu        sync.Mutex
	faults    Faults
	cut       chan struct{}     // closed and replaced where the requests that are held end
	requests  []string          // "GET /rest/session", in order
	sessions  map[string]string // cookie -> csrf token
	incidents []*Incident
	rows      []*Row // of all incidents
	files     []File // of all incidents, tasks and artifacts
	lastRow   int
	uploads   []Upload
	deployed  resilient.Configuration // its lists are replaced, never changed
	imports   []*pendingImport
	runs      []*Run // in order of their start
	byID      map[string]*Run
	lastRun   int64
	strays    []string
	changed   chan struct{} // closed and replaced at every change of a run
}

// Start makes the certificates, opens both ports and begins to serve.
func Start(cfg Config) (*Platform, error) {
	cfg.APIKeyID = cmp.Or(cfg.APIKeyID, "5f2c1f0e-fn-slack-stand-in")
	cfg.APIKeySecret = cmp.Or(cfg.APIKeySecret, "stand-in-key-secret")
	cfg.Email = cmp.Or(cfg.Email, "service@example.com")
	cfg.Password = cmp.Or(cfg.Password, "stand-in-password")
	cfg.Channel = cmp.Or(cfg.Channel, "test-this-channel")
	if cfg.Expires.IsZero() {
		cfg.Expires = time.Now().AddDate(0, 0, 90)
	}
	p := &Platform{
		cfg: cfg, host: "localhost", log: cfg.Log,
		sessions: map[string]string{}, byID: map[string]*Run{}, lastRun: 3214,
		incidents: sampleIncidents(), changed: make(chan struct{}), cut: make(chan struct{}),
	}
	switch {
	case cfg.Later:
		p.deployed = laterPackage()
	case !cfg.Empty:
		p.deployed = original(cfg.Channel)
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if err := p.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("stand-in platform: %w", err), p.Close())
	}
	return p, nil
}

func (p *Platform) start() error {
	dir := p.cfg.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "fn-slack-platform-"); err != nil {
			return err
		}
		p.tempDir = dir
	}
	authority, certificate, err := stomptest.Certificates(p.cfg.Expires)
	if err != nil {
		return err
	}
	p.caFile = filepath.Join(dir, "platform-ca.pem")
	if err := os.WriteFile(p.caFile, authority, 0o644); err != nil {
		return err
	}
	tlsConfig := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}

	if err := p.startBroker(tlsConfig); err != nil {
		return err
	}
	listener, err := p.listen(p.cfg.Port)
	if err != nil {
		return err
	}
	p.port = listener.Addr().(*net.TCPAddr).Port
	p.server = &http.Server{
		Handler:           p.routes(),
		TLSConfig:         tlsConfig,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	p.work.Go(func() {
		if err := p.server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("stand-in platform: REST ended", "error", err)
		}
	})
	p.work.Go(func() { p.receive(ctx) })
	if p.cfg.Pages == "" {
		return nil
	}
	if err := p.startPages(p.cfg.Pages); err == nil {
		return nil
	}
	return p.startPages("127.0.0.1:0")
}

func (p *Platform) startBroker(tlsConfig *tls.Config) error {
	start := func(port int) (*stomptest.Server, error) {
		return stomptest.Start(stomptest.Config{
			Addr:   net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
			TLS:    tlsConfig,
			Server: p.cfg.BrokerName,
			Users:  map[string]string{p.cfg.APIKeyID: p.cfg.APIKeySecret, p.cfg.Email: p.cfg.Password},
		})
	}
	var err error
	p.broker, err = start(p.cfg.STOMPPort)
	if err != nil && p.cfg.STOMPPort != 0 && !p.cfg.FixedPorts {
		p.broker, err = start(0)
	}
	return err
}

func (p *Platform) listen(port int) (net.Listener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil && port != 0 && !p.cfg.FixedPorts {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	return l, err
}

// Close ends everything that Start began. Runs that are not finished stay so.
func (p *Platform) Close() error {
	var errs []error
	if p.stop != nil {
		p.stop()
	}
	if p.server != nil {
		errs = append(errs, p.server.Close())
	}
	if p.pagesServer != nil {
		errs = append(errs, p.pagesServer.Close())
	}
	if p.broker != nil {
		errs = append(errs, p.broker.Close())
	}
	p.work.Wait()
	if p.tempDir != "" {
		errs = append(errs, os.RemoveAll(p.tempDir))
	}
	return errors.Join(errs...)
}

// Host is the name that the certificate has, and Port the REST API's port.
func (p *Platform) Host() string { return p.host }

// Port is the port of the REST API.
func (p *Platform) Port() int { return p.port }

// URL is the address of the REST API, without a slash at the end.
func (p *Platform) URL() string {
	return "https://" + net.JoinHostPort(p.host, strconv.Itoa(p.port))
}

// STOMPPort is the port of the broker.
func (p *Platform) STOMPPort() int {
	_, port, _ := net.SplitHostPort(p.broker.Addr())
	n, _ := strconv.Atoi(port)
	return n
}

// CAFile is the file with the certificate of the authority, for cafile.
func (p *Platform) CAFile() string { return p.caFile }

// APIKey returns the id and the secret that the platform accepts.
func (p *Platform) APIKey() (id, secret string) { return p.cfg.APIKeyID, p.cfg.APIKeySecret }

// Account returns the email and the password that the platform accepts.
func (p *Platform) Account() (email, password string) { return p.cfg.Email, p.cfg.Password }

// Broker is the platform's message broker, for faults and for a look inside.
func (p *Platform) Broker() *stomptest.Server { return p.broker }

// AppConfig is the text of a settings file for a service that works for this
// platform. slack holds the keys of the section [fn_slack].
func (p *Platform) AppConfig(slack map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[resilient]\nhost=%s\nport=%d\norg=%s\napi_key_id=%s\napi_key_secret=%s\ncafile=%s\nstomp_port=%d\n\n[fn_slack]\n",
		p.host, p.port, OrgName, p.cfg.APIKeyID, p.cfg.APIKeySecret, p.caFile, p.STOMPPort())
	for _, key := range slices.Sorted(maps.Keys(slack)) {
		fmt.Fprintf(&b, "%s=%s\n", key, slack[key])
	}
	return b.String()
}
