package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fn-slack/fn-slack/processor/editor"
)

// serve shows the page until ctx ends.
func (p *program) serve(ctx context.Context, t target, from string, set settings) error {
	if from == "-" {
		return usage("--serve needs a sample in a file")
	}
	host, _, err := net.SplitHostPort(p.o.serve)
	if err != nil {
		return usage("--serve=%s: want HOST:PORT, such as %s", p.o.serve, defaultAddr)
	}
	if from != "" {
		if _, err := os.Stat(from); err != nil {
			return err
		}
	}
	b, err := openDesk(t.dir, "", set)
	if err != nil {
		return err
	}
	b.load()
	if t.script != "" {
		if _, err := b.Script(t.script); isUsage(err) {
			b.close()
			return err
		}
	}
	l, err := listen(ctx, p.o.serve)
	if err != nil {
		b.close()
		return err
	}
	pg := editor.New(editor.Config{Desk: &b.Desk, File: from, Host: host, Edit: p.o.edit})
	address := "http://" + l.Addr().String() + "/"
	if t.script != "" {
		address += "#" + url.PathEscape(t.script)
	}
	if p.o.edit && !isLoopback(l.Addr()) {
		b.close()
		return errors.Join(usage("--edit needs an address of this machine, such as %s", defaultAddr), l.Close())
	}
	if !isLoopback(l.Addr()) {
		fmt.Fprintln(p.stderr, "warning: the page can be read from other machines, with all that is in the samples")
	}
	if len(b.names()) == 0 && b.Problem() == nil {
		fmt.Fprintf(p.stderr, "warning: %s: there is no formatter script in this folder yet\n", t.dir)
	}
	writes := ""
	if p.o.edit {
		writes = ", and may write its scripts"
	}
	fmt.Fprintf(p.stdout, "%s shows %s%s; Ctrl-C ends it\n", address, t.dir, writes)

	server := &http.Server{Handler: pg, ReadHeaderTimeout: 10 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	server.BaseContext = func(net.Listener) context.Context { return ctx } // ends the event streams
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		// Nothing that is under way is worth waiting for.
		return server.Close()
	})
	group.Go(func() error {
		var files []string
		if from != "" {
			files = append(files, from)
		}
		return b.follow(ctx, files, pg.Change)
	})
	return group.Wait()
}

// listen takes any free port where the usual one is in use.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) && addr == defaultAddr {
		return lc.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	return l, err
}

func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
